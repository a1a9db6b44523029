import type { Db, Tx } from '../db/db.ts'
import { fail } from '../errors.ts'
import { changeContact } from './create.ts'
import { assertMatch } from '../http/etag.ts'
import { emailKey } from '../email-address.ts'
import { findContactByKey, holdContact, type StoredContact } from './queries.ts'
import type { ContactChanges } from './schema.ts'

interface Update {
  id: string
  changes: ContactChanges
  ifMatch?: string | undefined
}

/** An address that another contact has is refused (409) with that contact's id. */
export const update = (db: Db, workspaceId: string, { id, changes, ifMatch }: Update) =>
  db.transaction(async (tx): Promise<StoredContact> => {
    const before = (await holdContact(tx, workspaceId, id)) ?? fail('contact_not_found')
    assertMatch(ifMatch, before, () => ({ contact: before }))
    const after = { ...before, ...changes, version: before.version + 1 }
    if (changes.name !== undefined) after.nameIsDerived = 0
    if (changes.email !== undefined) {
      after.email = changes.email.trim()
      after.emailKey = emailKey(changes.email)
      const owner = await findContactByKey(tx, workspaceId, after.emailKey)
      if (owner && owner.id !== id) fail('email_taken', { contactId: owner.id })
    }
    return changeContact(tx, workspaceId, { before, after })
  })

interface Given {
  id: string
  phone: string | null
  avatarUrl: string | null
}

/** Gives a contact what it lacks, and changes nothing that it has. Resolves to whether anything was missing. */
export const fillIn = async (tx: Tx, workspaceId: string, { id, phone, avatarUrl }: Given): Promise<boolean> => {
  const before = (await holdContact(tx, workspaceId, id)) ?? fail('contact_not_found')
  const after = { ...before, phone: before.phone ?? phone, avatarUrl: before.avatarUrl ?? avatarUrl }
  const isChanged = after.phone !== before.phone || after.avatarUrl !== before.avatarUrl
  if (isChanged) await changeContact(tx, workspaceId, { before, after })
  return isChanged
}
