import { Type, type Static } from 'typebox'
import { id, nullableId, oneOf, time } from '../http/schema.ts'
import { presenceState } from '../presence/schema.ts'

const eventKind = oneOf(
  [
    'WORKSPACE_CHANGED',
    'CONTACT_CREATED',
    'CONTACT_CHANGED',
    'CONTACT_ERASED',
    'CHANNEL_DELETED',
    'CONVERSATION_CREATED',
    'CONVERSATION_CHANGED',
    'MESSAGE_CREATED',
    'MESSAGE_CHANGED',
  ],
  { title: 'EventKind', description: 'What happened.' },
)
export type EventKind = Static<typeof eventKind>

export const changeEvent = Type.Object(
  {
    kind: eventKind,
    contactId: nullableId('ctc', { description: 'Whose it is. Null for an erased contact, and for a channel.' }),
    conversationId: nullableId('thd', {
      description: 'The conversation that was created or changed, or has the message.',
    }),
    messageId: nullableId('msg', { description: 'MESSAGE_CREATED and MESSAGE_CHANGED: the message.' }),
    createdAt: time,
  },
  { title: 'ChangeEvent', description: 'The data of the event `change`: what happened, without the content.' },
)

export const presenceEvent = Type.Object(
  {
    conversationId: id('thd'),
    agents: Type.Array(
      Type.Object(
        { id: id('agt'), name: Type.String({ examples: ['Ada'] }), state: presenceState },
        { title: 'PresentAgent' },
      ),
      {
        description: 'Who looks at it or writes in it now.',
      },
    ),
  },
  { title: 'PresenceEvent', description: 'The data of the event `presence`: who is in a conversation.' },
)
