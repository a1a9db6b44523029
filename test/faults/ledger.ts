import { createHash } from 'node:crypto'
import { check } from '../../server/check/check.ts'
import { readConfig } from '../../server/config.ts'
import type { Queries } from '../../server/db/db.ts'
import { openDatabase } from '../../server/db/open.ts'
import { sql, verbatim } from '../../server/db/sql.ts'

/** Something that a client was told: noted after the answer that told it, and never before. */
export type Note =
  | { kind: 'contact' | 'message'; id: string; content: string }
  /** SHA-256 of raw mails. */
  | { kind: 'mails'; hashes: string[] }
  /** Noted before it is asked for: from here on these ids may be gone. */
  | { kind: 'erasing'; ids: string[] }
  | { kind: 'erased'; ids: string[] }
  /** Nothing of them is in the bytes of the files any more. */
  | { kind: 'scrubbed'; ids: string[] }

export const contactNote = ({ id, email, name }: { id: string; email: string; name: string }): Note => ({
  kind: 'contact',
  id,
  content: `${email} ${name}`,
})

export const messageNote = (
  conversationId: string,
  { id, contentText }: { id: string; contentText: string },
): Note => ({
  kind: 'message',
  id,
  content: `${conversationId} ${contentText}`,
})

export const hashOf = (raw: Uint8Array): string => createHash('sha256').update(raw).digest('hex')

/** All that clients were told, to be found again after the fault. Emails and texts must be different ones. */
export class Ledger {
  readonly contacts = new Map<string, string>()
  readonly messages = new Map<string, string>()
  readonly mails = new Set<string>()
  readonly erased = new Set<string>()
  readonly scrubbed = new Set<string>()
  readonly #leaving = new Set<string>()
  readonly #onNote: (note: Note) => void

  constructor(onNote: (note: Note) => void = () => {}) {
    this.#onNote = onNote
  }

  get size(): number {
    return this.contacts.size + this.messages.size + this.mails.size + this.erased.size
  }

  note(note: Note): void {
    if (note.kind === 'mails') for (const hash of note.hashes) this.mails.add(hash)
    else if (note.kind === 'erasing') for (const id of note.ids) this.#leave(id)
    else if (note.kind === 'erased' || note.kind === 'scrubbed') for (const id of note.ids) this[note.kind].add(id)
    else if (!this.#leaving.has(note.id)) this[`${note.kind}s`].set(note.id, note.content)
    this.#onNote(note)
  }

  /** As it is now: what is noted later is not in it. */
  copy(): Ledger {
    const copy = new Ledger()
    for (const kind of ['contact', 'message'] as const)
      for (const [id, content] of this[`${kind}s`]) copy.note({ kind, id, content })
    copy.note({ kind: 'mails', hashes: [...this.mails] })
    for (const kind of ['erased', 'scrubbed'] as const) copy.note({ kind, ids: [...this[kind]] })
    return copy
  }

  #leave(id: string): void {
    this.#leaving.add(id)
    this.contacts.delete(id)
    this.messages.delete(id)
  }
}

interface Where {
  dataDir: string
  /** Empty for the embedded database. */
  databaseUrl?: string
}

/** Opens the database afresh; one line for everything that was noted and lost, and for everything that is damaged. */
export const aftermath = async ({ dataDir, databaseUrl = '' }: Where, ledger: Ledger) => {
  const db = await openDatabase(
    { ...readConfig({}), dataDir, databaseUrl },
    {
      role: 'command',
      onFatal: (error) => {
        throw error
      },
    },
  )
  try {
    const integrity = db.engine === 'sqlite' ? await db.many(verbatim('pragma integrity_check')) : []
    const damages = [...integrity, ...(await check(db, { repair: false }))].map((damage) => JSON.stringify(damage))
    return {
      losses: await lossesOf(db, ledger),
      damages: damages.filter((damage) => damage !== '{"integrity_check":"ok"}'),
    }
  } finally {
    await db.close()
  }
}

interface Stored {
  id: string
  content: string
}

/** One line for each thing that was noted and is not there as it was, or is there twice, or again. */
const lossesOf = async (db: Queries, ledger: Ledger): Promise<string[]> => {
  const contacts = await db.many<Stored>(sql`select id, email || ' ' || name as content from contacts`)
  const messages = await db.many<Stored>(
    sql`select id, conversation_id || ' ' || content_text as content from messages where mail_size is null`,
  )
  const pieces = await db.many<{ messageId: string; bytes: Uint8Array }>(
    sql`select p.message_id as "messageId", p.bytes from mail_pieces p
        join messages m on m.workspace_id = p.workspace_id and m.id = p.message_id order by p.message_id, p.number`,
  )
  return [
    ...compare('contact', ledger.contacts, contacts),
    ...compare('message', ledger.messages, messages),
    ...compareMails(ledger.mails, pieces),
    ...[...contacts, ...messages].filter(({ id }) => ledger.erased.has(id)).map(({ id }) => `erased ${id} is back`),
  ]
}

const compare = (what: string, noted: ReadonlyMap<string, string>, rows: Stored[]): string[] => {
  const stored = new Map(rows.map(({ id, content }) => [id, content]))
  const contents = new Set<string>()
  const doubled = rows.filter(({ content }) => contents.size === contents.add(content).size)
  return [
    ...[...noted]
      .filter(([id, content]) => stored.get(id) !== content)
      .map(([id, content]) => `lost ${what} ${id} ${content}: ${stored.get(id) ?? 'not there'}`),
    ...doubled.map(({ id, content }) => `doubled ${what} ${id} ${content}`),
  ]
}

const compareMails = (noted: ReadonlySet<string>, pieces: { messageId: string; bytes: Uint8Array }[]): string[] => {
  const raws = Map.groupBy(pieces, ({ messageId }) => messageId)
  const hashes = [...raws.values()].map((mail) => hashOf(Buffer.concat(mail.map(({ bytes }) => bytes))))
  const stored = new Set(hashes)
  return [
    ...[...noted].filter((hash) => !stored.has(hash)).map((hash) => `lost mail ${hash}`),
    ...(stored.size < hashes.length ? [`${hashes.length - stored.size} doubled mails`] : []),
  ]
}
