import type { Db } from './db.ts'
import { verbatim } from './sql.ts'

/** A setting that promises depend on. */
export interface DatabaseSetting {
  name: string
  value: string
  isRight: boolean
  action: string
}

const oldestPostgres = 140_000

/** Name, what is right, and what to do where it is not. */
const sqlite: [name: string, right: RegExp, action: string][] = [
  ['journal_mode', /^wal$/, 'Stop the server, and start it again.'],
  ['auto_vacuum', /^0$/, 'Run "support-inbox compact": what was erased is not scrubbed from the file until then.'],
]

const durability = 'Turn it on: without it a crash of PostgreSQL loses what was acknowledged.'
const postgres: typeof sqlite = [
  ['fsync', /^on$/, durability],
  ['full_page_writes', /^on$/, durability],
  ['synchronous_commit', /^(?!off$)/, durability],
  ['default_transaction_read_only', /^off$/, 'Turn it off: every write is refused.'],
  ['server_encoding', /^UTF8$/, 'Make a database that can hold every text (docs/self-hosting.md).'],
]

/** The version of the database, and its settings as they are. */
export const settingsOf = async (
  db: Db,
  connections: number,
): Promise<{ version: string; settings: DatabaseSetting[] }> => {
  const valueOf = async (statement: string) => String(Object.values((await db.one(verbatim(statement))) ?? {})[0])
  const read = (list: typeof sqlite, word: string): Promise<DatabaseSetting[]> =>
    Promise.all(
      list.map(async ([name, right, action]) => {
        const value = await valueOf(`${word} ${name}`)
        return { name, value, isRight: right.test(value), action }
      }),
    )
  if (db.engine === 'sqlite')
    return { version: await valueOf('select sqlite_version()'), settings: await read(sqlite, 'pragma') }
  const number = Number(await valueOf('show server_version_num'))
  const most = Number(await valueOf('show max_connections'))
  const isSuperuser = (await valueOf('show is_superuser')) === 'on'
  return {
    version: await valueOf('show server_version'),
    settings: [
      {
        name: 'server_version_num',
        value: String(number),
        isRight: number >= oldestPostgres,
        action: 'Upgrade PostgreSQL to 14 or newer.',
      },
      {
        name: 'max_connections',
        value: String(most),
        isRight: connections < most,
        action: 'Keep processes × DATABASE_CONNECTIONS below it.',
      },
      {
        name: 'is_superuser',
        value: isSuperuser ? 'on' : 'off',
        isRight: !isSuperuser,
        action: 'Use a role that owns its database and nothing else.',
      },
      ...(await read(postgres, 'show')),
    ],
  }
}
