import { Type } from 'typebox'
import { limits } from '../limits.ts'
import { pageOf } from '../http/pages.ts'
import { attachment } from '../messages/schema.ts'
import { email, id, line, nullable, oneOf, time } from '../http/schema.ts'

export const chatKey = Type.Object({
  publishableKey: Type.String({ description: "The channel's `pk_…`.", examples: ['pk_6jQm2ZkT0aXw9rVb4cRe7uNd'] }),
})

/** What a page says of its visitor. */
const identity = {
  email: Type.Optional(email),
  name: Type.Optional(line(limits.nameCharacters)),
  visitorId: Type.Optional(
    Type.String({
      pattern: `^[0-9A-Za-z._:@+=|~-]{1,${limits.visitorIdCharacters}}$`,
      'x-rule': `must be 1 to ${limits.visitorIdCharacters} of the letters A to Z and a to z, digits, and . _ : @ + = | ~ -`,
      description: "The site's own id of the visitor: a hint.",
    }),
  ),
  signature: Type.Optional(
    Type.String({
      maxLength: 128,
      description:
        'HMAC-SHA256 of `email` under the identity secret, hexadecimal. Without it nothing else is believed.',
    }),
  ),
}

export const newSession = Type.Object(
  {
    token: Type.Optional(Type.String({ maxLength: 200, description: 'Of an earlier session, to go on with it.' })),
    ...identity,
  },
  { additionalProperties: false, title: 'NewChatSession', examples: [{}] },
)

export const oneSession = Type.Object({
  session: Type.Object(
    {
      token: Type.String({ description: 'Authorization: Bearer … of everything else. Keep it as a password.' }),
      isVerified: Type.Boolean({ description: 'The signature is right: the contact has this address.' }),
    },
    { title: 'ChatSession' },
  ),
})

export const newChatMessage = Type.Object(
  {
    id: Type.String({
      examples: ['b6c1f7d2a9e3'],
      pattern: '^[0-9A-Za-z_-]{8,64}$',
      'x-rule': 'must be 8 to 64 letters, digits, _ and -',
      description: 'Made by the sender: sent again, it is the same message.',
    }),
    text: Type.String({
      maxLength: limits.chatTextCharacters,
      pattern: String.raw`\S`,
      'x-rule': `must not be blank or longer than ${limits.chatTextCharacters} characters`,
    }),
    conversationId: Type.Optional(
      id('thd', { description: "The visitor's newest conversation, or a new one, unless given." }),
    ),
    ...identity,
  },
  {
    additionalProperties: false,
    title: 'NewChatMessage',
    examples: [{ id: 'b6c1f7d2a9e3', text: 'Hello' }],
  },
)

export const chatMessage = Type.Object(
  {
    id: id('msg'),
    conversationId: id('thd'),
    direction: oneOf(['INBOUND', 'OUTBOUND'], { title: 'ChatDirection', description: 'INBOUND: from the visitor.' }),
    text: Type.String(),
    agentName: nullable(),
    clientId: nullable({ description: 'The `id` that it was sent with.' }),
    createdAt: time,
    attachments: Type.Array(attachment, { description: 'Files of the team: fetched with the same token.' }),
  },
  { title: 'ChatMessage' },
)

export const oneChatMessage = Type.Object({ message: chatMessage })
export const chatMessages = Type.Object({ messages: pageOf(chatMessage) })
