import { timestamp } from '../current-time.ts'
import type { Tx } from '../db/db.ts'
import { newId } from '../db/id.ts'
import { record } from '../events/queries.ts'
import { contactChanged } from '../search/people.ts'
import { contactTerms, peopleOf } from '../search/terms.ts'
import { addToSearch, changeInSearch } from '../search/write.ts'
import { emailKey, nameFromEmail, noAddress } from '../email-address.ts'
import { holdContactByKey, insertContact, updateContact, type StoredContact } from './queries.ts'
import type { Source } from './schema.ts'

export interface Newcomer {
  /** Null for somebody without an address. */
  email: string | null
  name?: string | undefined
  phone?: string | null | undefined
  avatarUrl?: string | null | undefined
  source: Source
}

const nameless: Record<Source, string> = {
  EMAIL: 'Unknown sender',
  IMPORT: 'Unknown sender',
  API: 'Unknown sender',
  FORM: 'Unknown sender',
  CHAT: 'Website visitor',
}

export interface Created {
  contact: StoredContact
  isNew: boolean
}

/**
 * The one way in which contacts come to be. An address that is known gives the contact that has it, unchanged,
 * but for a name that we derived ourselves: that gives way to the first real one. Nobody else changes the contact before
 * the transaction ends.
 */
export const createContact = async (tx: Tx, workspaceId: string, newcomer: Newcomer): Promise<Created> => {
  const id = newId('ctc')
  const { email, name, phone = null, avatarUrl = null, source } = newcomer
  const key = email === null ? null : emailKey(email)
  const row = {
    id,
    email: email?.trim() ?? noAddress(id),
    emailKey: key,
    name: name ?? (email === null ? nameless[source] : nameFromEmail(email)),
    nameIsDerived: name === undefined ? 1 : 0,
    phone,
    avatarUrl,
    source,
    createdAt: timestamp(),
  }
  const hold = async () => (key === null ? undefined : holdContactByKey(tx, workspaceId, key))
  // who writes is mostly known already, whom a program makes is mostly new
  const found = source === 'API' ? undefined : await hold()
  const made = found ? undefined : await insertContact(tx, workspaceId, row)
  if (made) {
    await addToSearch(tx, { workspaceId, table: 'contacts', seq: made.seq }, (version) => contactTerms(made, version))
    if (source !== 'IMPORT') record(tx, workspaceId, { kind: 'CONTACT_CREATED', contactId: id })
    return { contact: made, isNew: true }
  }
  const known = found ?? (await hold())
  // erased, or given another address, in between
  if (!known) return createContact(tx, workspaceId, newcomer)
  if (name === undefined || !known.nameIsDerived) return { contact: known, isNew: false }
  return {
    contact: await changeContact(tx, workspaceId, { before: known, after: { ...known, name, nameIsDerived: 0 } }),
    isNew: false,
  }
}

/** Stores a changed contact and keeps search with it, of its conversations, too. */
export const changeContact = async (
  tx: Tx,
  workspaceId: string,
  { before, after }: { before: StoredContact; after: StoredContact },
): Promise<StoredContact> => {
  await updateContact(tx, workspaceId, after)
  record(tx, workspaceId, { kind: 'CONTACT_CHANGED', contactId: after.id })
  await changeInSearch(
    tx,
    { workspaceId, table: 'contacts', seq: after.seq },
    {
      before: (version) => contactTerms(before, version),
      after: (version) => contactTerms(after, version),
    },
  )
  if (peopleOf(before) !== peopleOf(after)) await contactChanged(tx, workspaceId, after)
  return after
}
