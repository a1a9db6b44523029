import { setTimeout as sleep } from 'node:timers/promises'
import type { Db } from '../db/db.ts'
import { nothing, sql } from '../db/sql.ts'
import { record } from '../events/queries.ts'
import { limits } from '../limits.ts'
import { htmlVersion } from '../mime/html-version.ts'
import type { ParsedMail } from '../mime/parse.ts'
import { Unreadable, type MailParser } from '../mime/parser.ts'
import type { ListedMessage, StoredAttachment } from './queries.ts'
import { readRaw } from './raw.ts'

interface Parts {
  db: Db
  parser: MailParser
}

type Old = Pick<ListedMessage, 'id' | 'contactId' | 'conversationId' | 'attachments'>

/** What is being cleaned in this process: many may open the same conversation. */
const underWay = new Map<string, Promise<void>>()

/**
 * Cleans stored HTML again, from the raw mails, that an older version has cleaned. Resolves when all of it is stored, or when
 * whoever opened it has waited for long enough: the rest then goes on, and is told of when it is done.
 */
export const reclean = async (parts: Parts, workspaceId: string, messages: Old[]): Promise<void> => {
  const waiting = { isOver: false }
  const all = async () => {
    for (const message of messages) {
      const cleaned = underWay.get(message.id) ?? recleanOne(parts, workspaceId, { message, waiting })
      underWay.set(message.id, cleaned)
      // the database or the parser may be away: it stays as it is until it is opened again
      await cleaned.catch(() => {}).finally(() => underWay.delete(message.id))
    }
  }
  const patience = new AbortController()
  const wait = sleep(limits.recleaningWait, undefined, { signal: patience.signal }).catch(() => {})
  await Promise.race([all().finally(() => patience.abort()), wait])
  waiting.isOver = true
}

interface One {
  message: Old
  /** Of whoever opened it. */
  waiting: { isOver: boolean }
}

const recleanOne = async (parts: Parts, workspaceId: string, { message, waiting }: One): Promise<void> => {
  const html = await htmlOf(parts, workspaceId, message)
  const { id: messageId, contactId, conversationId } = message
  await parts.db.transaction(async (tx) => {
    await tx.run(
      // nothing of what is being erased
      sql`update messages set html_version = ${htmlVersion} ${html === undefined ? nothing : sql`, content_html = ${html}`}
          where workspace_id = ${workspaceId} and id = ${messageId} and html_version < ${htmlVersion} and content_html is not null`,
    )
    if (waiting.isOver) record(tx, workspaceId, { kind: 'MESSAGE_CHANGED', contactId, conversationId, messageId })
  })
}

/** Undefined where the raw mail says no more than what is stored. */
const htmlOf = async ({ db, parser }: Parts, workspaceId: string, { id, attachments }: Old) => {
  const raw = await readRaw(db, workspaceId, id)
  const mail = raw && (await parser.parse(raw, [workspaceId, id]).catch(unlessUnreadable))
  return mail && mail.html !== null ? withNumbers(mail.html, mail.attachments, attachments) : undefined
}

const unlessUnreadable = (error: unknown): undefined => {
  if (!(error instanceof Unreadable)) throw error
}

/** Earlier versions did not number all files alike: an image is that of the stored file with its name. */
const withNumbers = (html: string, files: ParsedMail['attachments'], stored: StoredAttachment[]): string =>
  html.replace(/ src="attachment:(\d+)"/g, (source, number: string) => {
    const file = files[Number(number) - 1]
    const isStored = ({ name }: StoredAttachment) => name === file?.name
    const own = stored.find((one) => isStored(one) && one.number === Number(number)) ?? stored.find(isStored)
    return own ? ` src="attachment:${own.number}"` : source
  })
