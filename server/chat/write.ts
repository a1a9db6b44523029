import type { ChannelRow } from '../channels/queries.ts'
import { openConversation } from '../conversations/open.ts'
import { holdConversation } from '../conversations/queries.ts'
import type { Db, Tx } from '../db/db.ts'
import { fail } from '../errors.ts'
import { digestOf, type Digest } from '../messages/digest.ts'
import { receive } from '../messages/receive.ts'
import { systemNote } from '../messages/reply.ts'
import { claimOf, meet, type Identity } from './identify.ts'
import {
  findByClientKey,
  holdVisitor,
  isOwnConversation,
  messagesFor,
  newestConversation,
  setClaim,
  type Visitor,
} from './queries.ts'

interface Written {
  visitorId: string
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
    const { visitorId: id, clientId: clientKey, identity } = written
    const visitor = (await holdVisitor(tx, workspaceId, id)) ?? (await meet(tx, channel, { id, identity }))
    const { contactId } = visitor
    const own = { channelId: channel.id, contactId }
    const known = await findByClientKey(tx, workspaceId, { contactId, clientKey })
    const messageId = known?.id ?? (await store(tx, channel, { ...written, digest, visitor }))
    const [message] = await messagesFor(tx, workspaceId, { ...own, ids: [messageId], limit: 1 })
    return { message: message!, isNew: known === undefined }
  })
}

type Ready = Written & { digest: Digest; visitor: Visitor }

const store = async (tx: Tx, channel: ChannelRow, { visitor, ...written }: Ready) => {
  const { id: channelId, workspaceId } = channel
  const { contactId } = visitor
  const { conversationId: named, text, digest, clientId, identity } = written
  if (named !== undefined && !(await isOwnConversation(tx, workspaceId, { id: named, channelId, contactId })))
    fail('conversation_not_found')
  const earlier = named ?? (await newestConversation(tx, workspaceId, { channelId, contactId }))
  if (earlier !== undefined) await holdConversation(tx, workspaceId, earlier)
  const conversationId =
    earlier ??
    (await openConversation(tx, workspaceId, {
      contactId,
      channelId,
      subject: digest.preview,
      status: 'OPEN',
      source: 'CHAT',
    }))
  const place = { workspaceId, conversationId, contactId }
  const claim = visitor.isVerified ? undefined : claimOf(identity)
  if (claim !== undefined && claim !== visitor.claim) {
    await systemNote(tx, place, claim)
    await setClaim(tx, workspaceId, { id: visitor.id, claim })
  }
  return (await receive(tx, place, { contentText: text, digest, clientKey: clientId }, { isNews: true })).id
}
