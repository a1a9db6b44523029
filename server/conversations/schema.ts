import { Type, type Static } from 'typebox'
import { channelKind, channelName, type ChannelKind } from '../channels/schema.ts'
import { contact, source } from '../contacts/schema.ts'
import { pageOf } from '../http/pages.ts'
import { id, nullable, nullableId, nullableTime, oneOf, time } from '../http/schema.ts'

export const conversationStatus = oneOf(['OPEN', 'CLOSED', 'ARCHIVED'], { title: 'ConversationStatus' })
export type ConversationStatus = Static<typeof conversationStatus>

export const conversation = Type.Object({
  id: id('thd'),
  status: conversationStatus,
  source,
  subject: Type.String(),
  isUnread: Type.Boolean({ description: 'Whether the customer has written since it was last marked as read.' }),
  isUndelivered: Type.Boolean({ description: 'Its newest reply was not delivered.' }),
  lastMessageAt: nullableTime,
  lastMessagePreview: nullable(),
  assignedToId: nullableId('agt', { description: 'The agent that it is assigned to.' }),
  channelId: nullableId('chn', { description: 'The channel that it came through.' }),
  contact: Type.Pick(contact, ['id', 'email', 'name', 'avatarUrl'], { title: 'ConversationContact' }),
})
export type Conversation = Static<typeof conversation>

/** Whose turn it is. */
const lastMessage = Type.Unsafe<LastMessage | null>({
  ...Type.Object({
    id: id('msg'),
    direction: oneOf(['INBOUND', 'OUTBOUND', 'SYSTEM']),
    status: oneOf(['PENDING', 'SENT', 'FAILED']),
  }),
  title: 'LastMessage',
  type: ['object', 'null'],
  description: 'The newest one that is no note: what lastMessageAt and lastMessagePreview are of.',
})
export interface LastMessage {
  id: string
  direction: 'INBOUND' | 'OUTBOUND' | 'SYSTEM'
  status: 'PENDING' | 'SENT' | 'FAILED'
}

const listed = Type.Object(
  { ...conversation.properties, lastMessage: Type.Optional(lastMessage) },
  { title: 'Conversation' },
)
/** As the page has it, from a list or alone. */
export type ListedConversation = Static<typeof listed>

export const conversations = Type.Object({ conversations: pageOf(listed) })

/** Whom a mail is from, or goes to. */
export const address = Type.Object({ name: Type.String(), email: Type.String() }, { title: 'Address' })
export type Address = Static<typeof address>

const participantRole = oneOf(['CONTACT', 'FROM', 'TO', 'CC', 'BCC'], {
  title: 'ParticipantRole',
  description: 'CONTACT: whose conversation it is. Else the header of the mail that first named them.',
})

const participant = Type.Object(
  {
    email: Type.String(),
    name: Type.String(),
    contactId: nullableId('ctc', { description: 'Null where no contact has this address.' }),
    role: participantRole,
    since: time,
  },
  { title: 'Participant' },
)
export type Participant = Static<typeof participant>
export type ParticipantRole = Participant['role']

const recipients = Type.Object({ to: Type.Array(address), cc: Type.Array(address) }, { title: 'Recipients' })
export type Recipients = Static<typeof recipients>

export const detailedConversation = Type.Object({
  conversation: Type.Object(
    {
      ...conversation.properties,
      lastMessage,
      channel: Type.Unsafe<{ id: string; name: string; kind: ChannelKind } | null>({
        ...Type.Object({ id: id('chn'), name: channelName, kind: channelKind }),
        title: 'ConversationChannel',
        type: ['object', 'null'],
        description: 'What it came through, also where that is closed by now.',
      }),
      replyTo: nullable({
        description: "Where an answer goes, if the customer's mail asks for another address than the contact's.",
      }),
      participants: Type.Array(participant, { description: 'Everybody who takes part, the contact first.' }),
      recipients: Type.Unsafe<Recipients>({
        ...recipients,
        description:
          'Whom a reply goes to, unless it names others: the author of the newest mail, and whom that went to.',
      }),
    },
    { title: 'DetailedConversation' },
  ),
})

export type DetailedConversation = Static<typeof detailedConversation>['conversation']

const conversationCounts = Type.Object(
  {
    open: Type.Integer(),
    mine: Type.Integer({ description: 'Open, and assigned to who asks.' }),
    unassigned: Type.Integer({ description: 'Open, and assigned to nobody.' }),
    closed: Type.Integer(),
    archived: Type.Integer(),
    undelivered: Type.Integer({ description: 'Open, and the newest reply was not delivered.' }),
    unread: Type.Integer({ description: 'Open or closed.' }),
  },
  { title: 'ConversationCounts' },
)
export type ConversationCounts = Static<typeof conversationCounts>
export const counts = Type.Object({ counts: conversationCounts })

export const newStatus = Type.Object(
  { status: conversationStatus },
  { additionalProperties: false, title: 'NewStatus' },
)
export const newAssignment = Type.Object(
  { agentId: nullableId('agt', { description: 'Null: to nobody.' }) },
  { additionalProperties: false, title: 'NewAssignment' },
)
