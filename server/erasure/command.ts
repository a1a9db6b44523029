import type { Command } from '../command.ts'
import { Refusal } from '../config.ts'
import { withDatabase } from '../with-database.ts'

export const compactCommand: Command = {
  name: 'compact',
  summary: 'Rewrite the database, so that nothing deleted is left in its unused space.',
  help: [
    'A server removes what was deleted from the unused space of the file by itself, in the background.',
    'This command also makes the file smaller. It takes about a second for every 100 MB, and a running',
    'server cannot write in that time: its writers wait up to ten seconds and are then told to try again.',
  ].join('\n'),
  run: (given) =>
    withDatabase(given, async (db) => {
      if (db.engine === 'postgres')
        throw new Refusal('The database is PostgreSQL: it reuses and overwrites space by itself (VACUUM).')
      await db.forget()
      return { json: { compacted: true }, text: 'Done: nothing deleted is left in the database file or its log.' }
    }),
}
