import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { openData } from '../data.ts'
import { createWorkspace } from '../../server/workspaces/queries.ts'
import { mails, mboxOf, own } from '../mbox.ts'
import { programs, startProgram } from '../program.ts'
import type { Row } from '../row.ts'
import { inTurn } from '../versus.ts'

const least = 0.5

export const importing: Row = {
  name: 'import',
  async *measure({ kept, temporary, rounds, mbox }) {
    const file = mbox ?? (await mboxOf(kept))
    const parse = async () => {
      const output = join(temporary, 'parse.log')
      const { hello } = await startProgram<{ mails: number; seconds: number }>([programs.parse, file], { output })
      if (hello.mails === 0) throw new Error(`${file} has no mail that could be measured`)
      return hello.mails / hello.seconds
    }
    const store = async () => {
      const DATA_DIR = join(temporary, 'imported')
      rmSync(DATA_DIR, { recursive: true, force: true })
      const db = await openData({ DATA_DIR })
      const { id } = await db.transaction((tx) => createWorkspace(tx, 'Archive'))
      await db.close()
      const words = [programs.product, 'import', file, '--workspace', id, '--own', own, '--json']
      const begin = performance.now()
      const { stdout } = await promisify(execFile)(process.execPath, words, {
        env: { ...process.env, DATA_DIR },
        maxBuffer: 64 * 1024 * 1024,
      })
      const { read } = JSON.parse(stdout) as { read: number }
      return (read / (performance.now() - begin)) * 1000
    }
    // each takes long: fewer times than what takes two seconds
    const [parsed, stored] = await inTurn(Math.ceil(rounds / 2), [parse, store])
    yield {
      what: `import of ${mbox === undefined ? `${mails.toLocaleString('en')} made-up mails` : basename(mbox)}`,
      measured: `${(stored / parsed).toFixed(2)} × parse`,
      bar: `≥ ${least.toFixed(2)} × parse`,
      isReached: stored / parsed >= least,
      beside: `${Math.round(stored)} mails/s of ${Math.round(parsed)}`,
    }
  },
}
