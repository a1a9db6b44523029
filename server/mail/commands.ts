import { table, type Command } from '../command.ts'
import { Refusal } from '../config.ts'
import type { Db } from '../db/db.ts'
import { readRaw } from '../messages/raw.ts'
import { withDatabase, workspaceOf } from '../with-database.ts'
import { deleteStray, findStray, listStrays, type Stray } from './strays.ts'

const list: Command = {
  name: 'reports list',
  summary: 'Delivery reports about mails that nobody here has sent: kept for 30 days, and shown to no agent.',
  options: { workspace: { value: 'ID', help: 'Of this workspace only (wrk_…).' } },
  run: (given) =>
    withDatabase(given, async (db) => {
      const workspaceId = given.text('workspace') === undefined ? undefined : (await workspaceOf(db, given)).id
      const reports = await listStrays(db, workspaceId)
      const rows = reports.map(({ id, createdAt, size, receivedSize, reason }) => [
        id,
        createdAt,
        size === receivedSize ? `${size} bytes` : `${size} of ${receivedSize} bytes`,
        reason,
      ])
      return { json: { reports }, text: rows.length === 0 ? 'None.' : table(rows) }
    }),
}

const show: Command = {
  name: 'reports show',
  words: ['ID'],
  summary: 'One of them: its headers and the beginning of its body, as they came.',
  help: 'With --json it is in base64, byte for byte.',
  run: (given) =>
    withDatabase(given, async (db) => {
      const { id, workspaceId, ...report } = await strayOf(db, given.words[0]!)
      const raw = (await readRaw(db, workspaceId, id))!
      return { json: { id, workspaceId, ...report, raw: raw.toString('base64') }, text: raw.toString() }
    }),
}

const remove: Command = {
  name: 'reports delete',
  words: ['ID'],
  summary: 'Delete one of them.',
  run: (given) =>
    withDatabase(given, async (db) => {
      const stray = await strayOf(db, given.words[0]!)
      await db.transaction((tx) => deleteStray(tx, stray))
      return { json: { id: stray.id, deleted: true }, text: `${stray.id} is deleted.` }
    }),
}

/** Throws a Refusal where there is none with this id. */
const strayOf = async (db: Db, id: string): Promise<Stray> => {
  const stray = await findStray(db, id)
  if (!stray) throw new Refusal(`There is no report ${id}: "reports list" shows them.`)
  return stray
}

export const reportCommands = [list, show, remove]
