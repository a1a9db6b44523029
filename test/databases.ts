import { randomBytes } from 'node:crypto'
import pg from 'pg'

/** Set by test/run.ts for its second pass. */
const server = process.env['TEST_POSTGRES']

export const engine: 'sqlite' | 'postgres' = server ? 'postgres' : 'sqlite'

export const template = 'support_inbox_template'

const asAdmin = async (run: (client: pg.Client) => Promise<unknown>): Promise<void> => {
  const client = new pg.Client(`${server}/postgres`)
  await client.connect()
  try {
    await run(client)
  } finally {
    await client.end()
  }
}

export const embedded = { url: '', drop: async () => {} }

/**
 * A database of its own on the PostgreSQL of this run, at the newest schema or empty; the embedded one where this run is
 * on SQLite.
 */
export const freshDatabase = async ({ isEmpty = false } = {}): Promise<typeof embedded> => {
  if (!server) return embedded
  const name = `test_${randomBytes(8).toString('hex')}`
  await asAdmin(async (client) => {
    const { rows } = await client.query(`select current_setting('server_version_num')::int >= 150000 as "canChoose"`)
    // four times as quick as through the log, which is what newer versions do unless told
    const how = rows[0].canChoose ? 'strategy file_copy' : ''
    await client.query(`create database ${name} template ${isEmpty ? 'template0' : template} ${how}`)
  })
  const drop = () => asAdmin((client) => client.query(`drop database ${name} with (force)`))
  return { url: `${server}/${name}`, drop }
}
