import { timestamp } from '../current-time.ts'
import type { ChannelRow } from '../channels/queries.ts'
import { changeContact, createContact } from '../contacts/create.ts'
import { findContactByKey, holdContact, type StoredContact } from '../contacts/queries.ts'
import { holdConversation } from '../conversations/queries.ts'
import type { Db, Tx } from '../db/db.ts'
import { emailKey } from '../email-address.ts'
import { quoted } from '../messages/quote.ts'
import { systemNote } from '../messages/reply.ts'
import { endToken, isVerified, type Known } from './known.ts'
import { merge } from './merge.ts'
import { holdVisitor, insertVisitor, newestConversation, setClaim, setVerified, type Visitor } from './queries.ts'
import { isVouchedFor, newToken, proofOf, textOf, type Token } from './token.ts'

/** What a page says of its visitor. */
export interface Identity {
  email?: string
  name?: string
  /** The site's own name for them. */
  visitorId?: string
  signature?: string
}

interface Session {
  token: string
  isVerified: boolean
}

interface Given {
  /** Undefined without a valid token. */
  known: Known | undefined
  identity: Identity
}

/**
 * Who this browser is from now on. A visitor whom the site once vouched for is continued only while it does;
 * without, and for another address, a new visitor begins. A token that is replaced ends. Nothing is stored of somebody
 * who has not written, unless a contact with the vouched-for address is there.
 */
export const identify = async (db: Db, channel: ChannelRow, { known, identity }: Given): Promise<Session> => {
  const email = vouchedAddress(channel, identity)
  if (email !== undefined) return identifyVerified(db, channel, { known, identity, email })
  if (known && !isVerified(channel, known)) {
    if (known.visitor) await tellClaim(db, channel, { visitor: known.visitor, identity })
    return { token: known.text, isVerified: false }
  }
  if (known) await db.transaction((tx) => endToken(tx, channel.workspaceId, known))
  return { token: textOf(channel, newToken()), isVerified: false }
}

const vouchedAddress = (channel: ChannelRow, { email, signature }: Identity): string | undefined =>
  email !== undefined && signature !== undefined && isVouchedFor(channel, email, signature) ? email : undefined

type Verified = Given & { email: string }

const identifyVerified = async (db: Db, channel: ChannelRow, given: Verified): Promise<Session> => {
  const { known, email } = given
  const owner = await findContactByKey(db, channel.workspaceId, emailKey(email))
  const isSame = known !== undefined && isVerified(channel, known, emailKey(email))
  if (isSame && known.visitor?.contactId === owner?.id) {
    // nothing is new: the most frequent case writes nothing
    if (owner?.nameIsDerived && given.identity.name !== undefined)
      await db.transaction((tx) => ownerOf(tx, channel.workspaceId, given))
    return { token: known.text, isVerified: true }
  }
  const token = await db.transaction((tx) => verify(tx, channel, given))
  return { token: textOf(channel, token), isVerified: true }
}

/**
 * Resolves to a new token, so that whoever had the one from before the site vouched cannot go on with it. The visitor is
 * a new one where this one is somebody else.
 */
const verify = async (tx: Tx, channel: ChannelRow, given: Verified): Promise<Token> => {
  const { workspaceId } = channel
  const { known, email, identity } = given
  // who writes locks the contact before the visitor, too
  if (known?.visitor) await holdVisitor(tx, workspaceId, known.visitor.id)
  if (known) await endToken(tx, workspaceId, known)
  const visitor = known?.visitor && (await holdVisitor(tx, workspaceId, known.visitor.id))
  const owner = await ownerOf(tx, workspaceId, given)
  // after their owner: it may be the owner, who has just got a name
  const contact = visitor && (await holdContact(tx, workspaceId, visitor.contactId))
  const proof = proofOf(channel, emailKey(email))
  const isSomebodyElse = !contact || (contact.emailKey !== null && contact.id !== owner?.id)
  if (isSomebodyElse) {
    const token = newToken(proof)
    const verified = owner && { contactId: owner.id, verifiedKey: emailKey(email) }
    if (verified) await insertVisitor(tx, workspaceId, { ...blank(channel, token), ...verified })
    return token
  }
  if (!owner) await takeAddress(tx, workspaceId, { contact, email, identity })
  else if (owner.id !== contact.id) await merge(tx, workspaceId, { from: contact.id, into: owner.id })
  const { id: visitorId, tokenNumber: number } = visitor
  await setVerified(tx, workspaceId, { id: visitorId, emailKey: emailKey(email) })
  return { ...newToken(proof), visitorId, number }
}

/** Who has the address, under the name that is now known. */
const ownerOf = async (tx: Tx, workspaceId: string, { email, identity: { name } }: Omit<Verified, 'known'>) => {
  const owner = await findContactByKey(tx, workspaceId, emailKey(email))
  return owner && (await createContact(tx, workspaceId, { email, name, source: 'CHAT' })).contact
}

const takeAddress = (
  tx: Tx,
  workspaceId: string,
  { contact, email, identity: { name } }: Omit<Verified, 'known'> & { contact: StoredContact },
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

const blank = ({ id: channelId }: ChannelRow, { visitorId: id, number: tokenNumber }: Token) => ({
  id,
  channelId,
  tokenNumber,
  usedAt: timestamp(),
  claim: null,
})

/**
 * A visitor writes for the first time: their contact, theirs alone unless the site vouched for the address when the token
 * was made. A signature that comes only now may meet a token that somebody else has seen.
 */
export const meet = async (tx: Tx, channel: ChannelRow, { token, identity }: { token: Token; identity: Identity }) => {
  const email = vouchedAddress(channel, identity)
  const isProven = email !== undefined && token.proof === proofOf(channel, emailKey(email))
  const { contact } = await createContact(tx, channel.workspaceId, {
    email: isProven ? email : null,
    name: identity.name,
    source: 'CHAT',
  })
  const verifiedKey = isProven ? emailKey(email) : null
  const visitor: Visitor = { ...blank(channel, token), contactId: contact.id, verifiedKey }
  await insertVisitor(tx, channel.workspaceId, visitor)
  return visitor
}

/** Said by the page and vouched for by nobody; undefined where nothing is said. */
export const claimOf = ({ email, name, visitorId }: Identity): string | undefined => {
  const who = [name && quoted(name), email && quoted(email), visitorId && `visitor id ${quoted(visitorId)}`]
  return email || visitorId
    ? `The page says that this visitor is ${who.filter(Boolean).join(', ')}. Nobody has verified it.`
    : undefined
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
    const now = await holdVisitor(tx, workspaceId, visitor.id)
    if (!now || claim === now.claim) return
    const { contactId } = now
    const conversationId = await newestConversation(tx, workspaceId, now)
    if (conversationId === undefined) return
    await holdConversation(tx, workspaceId, conversationId)
    await systemNote(tx, { workspaceId, conversationId, contactId }, claim)
    await setClaim(tx, workspaceId, { id: visitor.id, claim })
  })
}
