import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync, constants } from 'node:fs'
import { join } from 'node:path'
import { readConfig } from '../server/config.ts'
import type { Db } from '../server/db/db.ts'
import { openDatabase } from '../server/db/open.ts'
import { generate } from './generate.ts'

/** A database that is filled, and a key of its largest workspace. */
export interface Data {
  env: { DATA_DIR: string }
  key: { workspaceId: string; secret: string }
}

interface Which {
  messages: number
  workspaces: number
}

export const openData = (env: Record<string, string>): Promise<Db> =>
  openDatabase(readConfig(env), {
    role: 'command',
    onFatal: (error) => {
      throw error
    },
  })

/** An embedded database of this size; made once in `folder`, and kept there. Rows that write take a copy. */
export const dataOf = async (folder: string, { messages, workspaces }: Which): Promise<Data> => {
  const dataDir = join(folder, `sqlite-${messages}-${workspaces}`)
  const about = join(dataDir, 'key.json')
  const env = { DATA_DIR: dataDir }
  if (!existsSync(about)) {
    rmSync(dataDir, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    process.stderr.write(`Making ${dataDir}\n`)
    const db = await openData(env)
    const { key } = await generate(db, { messages, contacts: Math.ceil(messages / 10), workspaces, seed: 1 })
    await db.close()
    writeFileSync(about, JSON.stringify(key))
  }
  return { env, key: JSON.parse(readFileSync(about, 'utf8')) }
}

/** The same once more, to be written to and thrown away. */
export const copyOf = ({ env, key }: Data, temporary: string): Data => {
  const dataDir = join(temporary, 'data')
  cpSync(env.DATA_DIR, dataDir, { recursive: true, mode: constants.COPYFILE_FICLONE })
  return { env: { DATA_DIR: dataDir }, key }
}
