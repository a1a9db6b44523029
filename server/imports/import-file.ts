import type { ConversationStatus } from '../conversations/schema.ts'
import type { Db } from '../db/db.ts'
import type { MailParser } from '../mime/parser.ts'
import { expectMany } from '../search/indexes.ts'
import type { Field } from './columns.ts'
import type { Includable } from './left-out.ts'
import { importMails } from './import-mails.ts'
import { readMails, type Kind } from './mails.ts'
import type { Report } from './report.ts'

interface Options {
  db: Db
  /** Closed at the end. */
  parser: MailParser
  workspaceId: string
  path: string
  /** What the file is called, where its path does not say it. */
  name?: string
  kind: Kind
  own: ReadonlySet<string>
  status: ConversationStatus
  map: ReadonlyMap<string, Field | null>
  /** Whether empty fields of contacts that are there already are filled in. */
  update: boolean
  /** Mails that are otherwise left out. */
  include: ReadonlySet<Includable>
  /** Of a larger mail the files are left out. */
  mailBytes: number
  dryRun: boolean
  report: Report
}

/** Imports what a path holds. Resolves to the columns of a CSV that were not used. Throws a Refusal where it cannot go on. */
export const importFile = async ({
  path,
  name,
  kind,
  map,
  parser,
  mailBytes,
  ...options
}: Options): Promise<string[]> => {
  try {
    if (kind === 'csv') {
      const { importContacts } = await import('./import-contacts.ts')
      return await importContacts(path, { ...options, name, map })
    }
    const { db, dryRun, report } = options
    // only what the search index costs depends on it: where it cannot be said, nothing is lost
    const tell = async (isMany: boolean) => {
      if (!dryRun) await expectMany(db, isMany).catch(() => {})
    }
    const mails = readMails(path, kind, { parser, name, mailBytes, count: (bytes) => (report.bytesRead += bytes) })
    await tell(true)
    try {
      await importMails(mails, { ...options, parser })
    } finally {
      await tell(false)
    }
    return []
  } finally {
    parser.close()
  }
}
