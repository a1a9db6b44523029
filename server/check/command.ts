import { table, type Command } from '../command.ts'
import { withDatabase } from '../with-database.ts'
import { check } from './check.ts'

const shown = 100

export const checkCommand: Command = {
  name: 'check',
  summary: 'Compare every counter, latest conversation, preview and search row with the messages.',
  help: 'Ends with exit code 1 when something differs and was not mended.',
  options: { repair: { help: 'Mend what differs.' } },
  run: (given) =>
    withDatabase(given, async (db) => {
      const repair = given.has('repair')
      const differences = await check(db, { repair })
      const left = repair ? await check(db, { repair: false }) : differences
      const lines = differences
        .slice(0, shown)
        .map(({ table: name, id, field, stored, expected }) => [
          name,
          id,
          field,
          JSON.stringify(stored),
          '→',
          JSON.stringify(expected),
        ])
      return {
        json: { differences, repaired: differences.length - left.length },
        text: [
          ...(lines.length > 0 ? [table(lines)] : []),
          differences.length === 0
            ? 'Nothing differs.'
            : `${differences.length} ${repair ? `differed, ${left.length} left` : 'differ. "check --repair" mends them'}.`,
        ].join('\n'),
        exitCode: left.length === 0 ? 0 : 1,
      }
    }),
}
