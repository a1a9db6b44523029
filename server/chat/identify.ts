import type { ChannelRow } from '../channels/queries.ts'
import { changeContact, createContact } from '../contacts/create.ts'
import { findContact, findContactByKey, holdContact, type StoredContact } from '../contacts/queries.ts'
import { holdConversation } from '../conversations/queries.ts'
import type { Db, Queries, Tx } from '../db/db.ts'
import { emailKey } from '../email-address.ts'
import { systemNote } from '../messages/reply.ts'
import { merge } from './merge.ts'
import {
  findVisitor,
  holdVisitor,
  insertVisitor,
  newestConversation,
  setClaim,
  setVerified,
  type Visitor,
} from './queries.ts'
import { isVouchedFor, newVisitorId } from './token.ts'

/** What a page says of its visitor. */
export interface Identity {
  email?: string
  name?: string
  /** The site's own name for them. */
  visitorId?: string
  signature?: string
}

interface Session {
  visitorId: string
  isVerified: boolean
}

/**
 * Who this browser is from now on. A visitor whom the site once vouched for is continued only while it does;
 * without, and for another address, a new visitor begins. Nothing is stored of somebody who has not written,
 * unless a contact with the vouched-for address is there.
 */
export const identify = async (
  db: Db,
  channel: ChannelRow,
  { known, identity }: { known: string | undefined; identity: Identity },
): Promise<Session> => {
  const { workspaceId } = channel
  const visitor = known === undefined ? undefined : await findVisitor(db, workspaceId, known)
  const email = vouchedAddress(channel, identity)
  if (email !== undefined) {
    if (visitor && (await isSettled(db, workspaceId, { visitor, email, identity })))
      return { visitorId: visitor.id, isVerified: true }
    const id = known ?? newVisitorId()
    return {
      visitorId: await db.transaction((tx) => verify(tx, channel, { id, email, identity })),
      isVerified: true,
    }
  }
  if (visitor?.isVerified) return { visitorId: newVisitorId(), isVerified: false }
  if (visitor) await tellClaim(db, channel, { visitor, identity })
  return { visitorId: known ?? newVisitorId(), isVerified: false }
}

const vouchedAddress = (channel: ChannelRow, { email, signature }: Identity): string | undefined =>
  email !== undefined && signature !== undefined && isVouchedFor(channel, email, signature) ? email : undefined

interface Verified {
  email: string
  identity: Identity
}

/** Nothing is new: the most frequent case writes nothing. */
const isSettled = async (db: Queries, workspaceId: string, given: Verified & { visitor: Visitor }) => {
  const contact = await findContact(db, workspaceId, given.visitor.contactId)
  const isNameNew = contact?.nameIsDerived && given.identity.name !== undefined
  return given.visitor.isVerified === 1 && contact?.emailKey === emailKey(given.email) && !isNameNew
}

/** Resolves to the id of the visitor, a new one where this one is somebody else. */
const verify = async (
  tx: Tx,
  channel: ChannelRow,
  { id, email, identity }: Verified & { id: string },
): Promise<string> => {
  const { workspaceId } = channel
  const visitor = await holdVisitor(tx, workspaceId, id)
  const owner = await ownerOf(tx, workspaceId, { email, identity })
  if (!visitor) {
    if (owner) await insertVisitor(tx, workspaceId, { ...blank(channel, id), contactId: owner.id, isVerified: 1 })
    return id
  }
  // after their owner: it may be the owner, who has just got a name
  const contact = (await holdContact(tx, workspaceId, visitor.contactId))!
  const isSomebodyElse = contact.emailKey !== null && contact.id !== owner?.id
  if (isSomebodyElse) return verify(tx, channel, { id: newVisitorId(), email, identity })
  if (!owner) await takeAddress(tx, workspaceId, { contact, email, identity })
  else if (owner.id !== contact.id) await merge(tx, workspaceId, { from: contact.id, into: owner.id })
  await setVerified(tx, workspaceId, id)
  return id
}

/** Who has the address, under the name that is now known. */
const ownerOf = async (tx: Tx, workspaceId: string, { email, identity: { name } }: Verified) => {
  const owner = await findContactByKey(tx, workspaceId, emailKey(email))
  return owner && (await createContact(tx, workspaceId, { email, name, source: 'CHAT' })).contact
}

const takeAddress = (
  tx: Tx,
  workspaceId: string,
  { contact, email, identity: { name } }: Verified & { contact: StoredContact },
) =>
  changeContact(tx, workspaceId, {
    before: contact,
    after: {
      ...contact,
      email: email.trim(),
      emailKey: emailKey(email),
      ...(name !== undefined && contact.nameIsDerived ? { name, nameIsDerived: 0 } : {}),
    },
  })

const blank = (channel: ChannelRow, id: string) => ({ id, channelId: channel.id, claim: null })

/** A visitor writes for the first time: their contact, theirs alone unless the site vouches for the address. */
export const meet = async (tx: Tx, channel: ChannelRow, { id, identity }: { id: string; identity: Identity }) => {
  const email = vouchedAddress(channel, identity) ?? null
  const { contact } = await createContact(tx, channel.workspaceId, { email, name: identity.name, source: 'CHAT' })
  const visitor = { ...blank(channel, id), contactId: contact.id, isVerified: email === null ? 0 : 1 }
  await insertVisitor(tx, channel.workspaceId, visitor)
  return visitor
}

/** Said by the page and vouched for by nobody; undefined where nothing is said. */
export const claimOf = ({ email, name, visitorId }: Identity): string | undefined => {
  const who = [name, email, visitorId && `visitor id ${visitorId}`].filter(Boolean).join(', ')
  return email || visitorId ? `The page says that this visitor is ${who}. Nobody has verified it.` : undefined
}

const tellClaim = async (
  db: Db,
  channel: ChannelRow,
  { visitor, identity }: { visitor: Visitor; identity: Identity },
): Promise<void> => {
  const { workspaceId } = channel
  const claim = claimOf(identity)
  if (claim === undefined || claim === visitor.claim) return
  await db.transaction(async (tx) => {
    const { contactId } = (await holdVisitor(tx, workspaceId, visitor.id)) ?? visitor
    const conversationId = await newestConversation(tx, workspaceId, { channelId: channel.id, contactId })
    if (conversationId === undefined) return
    await holdConversation(tx, workspaceId, conversationId)
    await systemNote(tx, { workspaceId, conversationId, contactId }, claim)
    await setClaim(tx, workspaceId, { id: visitor.id, claim })
  })
}
