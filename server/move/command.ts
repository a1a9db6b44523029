import { resolve } from 'node:path'
import { Misuse, table, type Command, type Given } from '../command.ts'
import { showProgress } from '../progress.ts'
import { withDatabase } from '../with-database.ts'
import { openAlone } from '../db/copy.ts'
import { openDatabase } from '../db/open.ts'
import { move } from './move.ts'

export const moveCommand: Command = {
  name: 'move',
  summary: 'Move an inbox from the embedded database to PostgreSQL.',
  help: [
    'Everything comes along as it is: ids, dates, raw mail, keys. Search is made anew. At the end every table is read on both',
    'sides and compared. Stop the server first: nothing may be written meanwhile. The source stays as it is. A move that was',
    'stopped half-way is begun anew when you run it again; until then no server starts on the target.',
  ].join('\n'),
  options: {
    from: { value: 'FOLDER', help: 'The folder of the embedded database. DATA_DIR, unless given.' },
    to: {
      value: 'URL',
      help: 'postgres://user:password@host:port/name, an empty database. DATABASE_URL, unless given.',
    },
  },
  run: async (given) => {
    const from = resolve(given.text('from') ?? given.config.dataDir)
    const to = targetOf(given)
    // brings it to this program's schema
    await withDatabase({ ...given, config: { ...given.config, databaseUrl: '', dataDir: from } }, async () => {})
    const source = openAlone(from)
    try {
      const target = await openDatabase(
        { ...given.config, databaseUrl: to },
        { role: 'command', isMoving: true, onFatal: () => {} },
      )
      const progress = showProgress()
      try {
        const counts = await move(source, target, progress.show)
        progress.end()
        return { json: { moved: counts }, text: summaryOf(counts, from) }
      } finally {
        await target.close()
      }
    } finally {
      source.close()
    }
  },
}

const targetOf = ({ text, config }: Given): string => {
  const to = text('to') ?? config.databaseUrl
  if (to === '') throw new Misuse('--to is needed: postgres://user:password@host:port/name.')
  if (!/^postgres(ql)?:\/\//.test(to)) throw new Misuse('--to must begin with postgres://.')
  return to
}

const summaryOf = (counts: Record<string, number>, from: string): string =>
  [
    table(Object.entries(counts).map(([name, rows]) => [`  ${name}`, String(rows)])),
    'Moved, and equal on both sides. Start servers with DATABASE_URL set to the new database.',
    `${from} is as it was: do not serve it any more, and delete it when you are content.`,
  ].join('\n')
