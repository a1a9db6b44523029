import type { ChannelRow } from '../channels/queries.ts'
import { openConversation } from '../conversations/open.ts'
import { holdConversation } from '../conversations/queries.ts'
import type { Db, Tx } from '../db/db.ts'
import { fail } from '../errors.ts'
import { digestOf, type Digest } from '../messages/digest.ts'
import { findByClientKey } from '../messages/find.ts'
import { receive } from '../messages/receive.ts'
import { systemNote } from '../messages/reply.ts'
import { claimOf, meet, type Identity } from './identify.ts'
import { isValid, type Known } from './known.ts'
import { holdVisitor, isOwnConversation, messagesFor, newestConversation, setClaim, type Visitor } from './queries.ts'

interface Written {
  known: Known
  /** The sender's own name for the message: sent again, it is the same message. */
  clientId: string
  text: string
  conversationId: string | undefined
  identity: Identity
}

/** A visitor writes: into the conversation that they name, else their newest, else a new one. */
export const write = async (db: Db, channel: ChannelRow, written: Written) => {
  const digest = await digestOf(written.text)
  return db.transaction(async (tx) => {
    const { workspaceId } = channel
    const { known, clientId: clientKey, identity } = written
    const { token } = known
    const earlier = await holdVisitor(tx, workspaceId, token.visitorId)
    // it may have ended meanwhile
    if (!(await isValid(tx, workspaceId, { token, visitor: earlier }))) fail('invalid_visitor_token')
    const visitor = earlier ?? (await meet(tx, channel, { token, identity }))
    const same = await findByClientKey(tx, workspaceId, { contactId: visitor.contactId, clientKey })
    const messageId = same?.id ?? (await store(tx, channel, { ...written, digest, visitor }))
    const [message] = await messagesFor(tx, workspaceId, { visitor, ids: [messageId], limit: 1 })
    // of another visitor whom agents take for the same person
    if (!message) return fail('invalid_request', { sentence: 'id is taken: make another one.' })
    return { message, isNew: same === undefined }
  })
}

type Ready = Written & { digest: Digest; visitor: Visitor }

const store = async (tx: Tx, channel: ChannelRow, { visitor, ...written }: Ready) => {
  const { id: channelId, workspaceId } = channel
  const { contactId, id: visitorId } = visitor
  const { conversationId: named, text, digest, clientId, identity } = written
  if (named !== undefined && !(await isOwnConversation(tx, workspaceId, { id: named, visitor })))
    fail('conversation_not_found')
  const earlier = named ?? (await newestConversation(tx, workspaceId, visitor))
  if (earlier !== undefined) await holdConversation(tx, workspaceId, earlier)
  const conversationId =
    earlier ??
    (await openConversation(tx, workspaceId, {
      contactId,
      channelId,
      visitorId,
      subject: digest.preview,
      status: 'OPEN',
      source: 'CHAT',
    }))
  const place = { workspaceId, conversationId, contactId }
  const claim = visitor.verifiedKey === null ? claimOf(identity) : undefined
  if (claim !== undefined && claim !== visitor.claim) {
    await systemNote(tx, place, claim)
    await setClaim(tx, workspaceId, { id: visitor.id, claim })
  }
  return (await receive(tx, place, { contentText: text, digest, clientKey: clientId }, { isNews: true })).id
}
