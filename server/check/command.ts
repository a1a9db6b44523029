import { table, type Command } from '../command.ts'
import { withDatabase } from '../with-database.ts'
import { listIndexes, type IndexState } from '../search/indexes.ts'
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
      const indexes = await listIndexes(db)
      const lines = differences
        .slice(0, shown)
        .map(({ table: name, version, id, field, stored, expected }) => [
          version === undefined ? name : `${name} (version ${version})`,
          id,
          field,
          JSON.stringify(stored),
          '→',
          JSON.stringify(expected),
        ])
      return {
        json: { indexes, differences, repaired: differences.length - left.length },
        text: [
          ...indexes.map(told),
          ...(lines.length > 0 ? [table(lines)] : []),
          differences.length === 0
            ? 'Nothing differs.'
            : `${differences.length} ${repair ? `differed, ${left.length} left` : 'differ. "check --repair" mends them'}.`,
        ].join('\n'),
        exitCode: left.length === 0 ? 0 : 1,
      }
    }),
}

const told = ({ version, state, rowsDone, rowsTotal }: IndexState): string =>
  `Search index of version ${version}: ${state}${state === 'BUILDING' ? `, ${rowsDone} of ${rowsTotal} rows` : ''}.`
