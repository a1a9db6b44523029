import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Command } from '../command.ts'
import { Refusal } from '../config.ts'
import { databaseName } from '../db/sqlite.ts'
import { backUp } from '../db/sqlite-backup.ts'

export const backupCommand: Command = {
  name: 'backup',
  words: ['FILE'],
  summary: 'A consistent copy of the database, while the server runs.',
  help: [
    'To start on it, make it the database of a folder:',
    `  mkdir restored && cp FILE restored/${databaseName} && DATA_DIR=./restored PORT=3001 npm start`,
  ].join('\n'),
  run: async ({ config, words }) => {
    if (config.databaseUrl !== '')
      throw new Refusal('The database is PostgreSQL: back it up with pg_dump, or with what your provider offers.')
    const file = resolve(words[0]!)
    if (!existsSync(dirname(file))) throw new Refusal(`There is no folder ${dirname(file)}: make it first.`)
    if (existsSync(file)) throw new Refusal(`${file} is there already: name a file that is not.`)
    const bytes = await backUp(config.dataDir, file)
    return { json: { file, bytes }, text: `${file} (${bytes} bytes)` }
  },
}
