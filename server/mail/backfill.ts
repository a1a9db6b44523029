import type { Db, Queries, Tx } from '../db/db.ts'
import { sql } from '../db/sql.ts'
import type { Log } from '../http/log.ts'
import { inSteps, type Background } from '../jobs/background.ts'
import type { People } from '../mime/parse.ts'
import { addressesOf, keepParticipants } from './participants.ts'

// Earlier versions did not keep whom a mail went to: it is read from the raw mails, the newest first. A message without its
// addresses is one that is still to be read, so this goes on after any end.

const mailsAStep = 20
interface Row {
  workspaceId: string
  id: string
  seq: number
  direction: string
  createdAt: string
  conversationId: string
  contactEmailKey: string | null
  /** The beginning of the raw mail. */
  head: Uint8Array | null
}

const unread = (db: Queries, before: number) =>
  db.many<Row>(
    sql`select m.workspace_id as "workspaceId", m.id, m.seq, m.direction, m.created_at as "createdAt",
          m.conversation_id as "conversationId", c.email_key as "contactEmailKey", p.bytes as head
        from messages m join contacts c on c.workspace_id = m.workspace_id and c.id = m.contact_id
        left join mail_pieces p on p.workspace_id = m.workspace_id and p.message_id = m.id and p.number = 0
        where m.addresses is null and m.mail_size is not null and m.seq < ${before}
        order by m.seq desc limit ${mailsAStep}`,
  )

/** Reads the addresses of the next mails below `before`; resolves to where the step after it begins, 0 where none is left. */
export const readAddresses = async (db: Db, before = Number.MAX_SAFE_INTEGER): Promise<number> => {
  const rows = await unread(db, before)
  if (rows.length === 0) return 0
  const { peopleInHead } = await import('../mime/parse.ts')
  /** Of a mail that cannot be read there is nothing to say. */
  const peopleOf = ({ head }: Row): People => {
    try {
      return peopleInHead(head!)
    } catch {
      return { from: null, replyTo: [], to: [], cc: [], bcc: [] }
    }
  }
  const read = rows.map((row) => ({ ...row, people: peopleOf(row) }))
  await db.transaction(async (tx) => {
    for (const row of read) await keep(tx, row)
  })
  return rows.at(-1)!.seq
}

const keep = async (tx: Tx, row: Row & { people: People }): Promise<void> => {
  const { workspaceId, id, direction, conversationId, people, contactEmailKey, createdAt: since } = row
  const changed = await tx.run(
    sql`update messages set addresses = ${JSON.stringify(addressesOf(people))}
        where workspace_id = ${workspaceId} and id = ${id} and addresses is null`,
  )
  // read by another process, or erased; and a delivery report is from nobody who takes part
  if (changed === 0 || direction === 'SYSTEM') return
  const from = direction === 'INBOUND' ? [people.from, ...people.replyTo] : []
  const contact = { emailKey: contactEmailKey }
  await keepParticipants(tx, workspaceId, { conversationId, contact, from, mail: people, own: new Set(), since })
}

interface Parts {
  db: Db
  log: Log
}

/** In the background, until all mails have their addresses. */
export const keepReadingAddresses = ({ db, log }: Parts): Background => {
  const task = 'reading addresses'
  let [next, mails] = [Number.MAX_SAFE_INTEGER, 0]
  return inSteps({
    log,
    task,
    step: async () => {
      next = await readAddresses(db, next)
      if (next > 0) mails += mailsAStep
      else if (mails > 0) log('info', { task, mails, isOver: true })
      return next > 0 ? 'did' : 'done'
    },
    progress: async () => [{ mails, isOver: false }],
    rests: { waiting: 0, failed: 10_000 },
  })
}
