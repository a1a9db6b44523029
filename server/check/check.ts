import type { Db } from '../db/db.ts'
import { checkCounts } from './counts.ts'
import { checkPeople } from './people.ts'
import { checkPreviews } from './previews.ts'
import { checkRawMail } from './raw-mail.ts'
import { checkSearch } from './search.ts'

/** Something that is stored and is not what the messages say it must be. */
export interface Difference {
  table: string
  workspaceId: string
  id: string
  field: string
  /** Of the terms, where it is a search index. */
  version?: number
  stored: unknown
  expected: unknown
}

/**
 * Works out every preview, counter, latest conversation and search row anew and compares; with `repair`
 * it also writes what it worked out. Previews first: lists show them, and counts copy them.
 */
export const check = async (db: Db, { repair }: { repair: boolean }): Promise<Difference[]> => [
  ...(await checkPreviews(db, repair)),
  ...(await checkCounts(db, repair)),
  ...(await checkPeople(db, repair)),
  ...(await checkSearch(db, repair)),
  ...(await checkRawMail(db, repair)),
]
