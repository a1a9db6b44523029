import { randomBytes } from 'node:crypto'
import pg from 'pg'

/** Set by test/run.ts for its second pass. */
const server = process.env['TEST_POSTGRES']

export const engine: 'sqlite' | 'postgres' = server ? 'postgres' : 'sqlite'

export const template = 'support_inbox_template'

const asAdmin = async (text: string): Promise<void> => {
  const client = new pg.Client(`${server}/postgres`)
  await client.connect()
  try {
    await client.query(text)
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
  await asAdmin(`create database ${name} template ${isEmpty ? 'template0' : template}`)
  return { url: `${server}/${name}`, drop: () => asAdmin(`drop database ${name} with (force)`) }
}
