import { Type, type Static, type TObject } from 'typebox'
import { channelName } from '../channels/schema.ts'
import { contact } from '../contacts/schema.ts'
import { address, conversation, type Address } from '../conversations/schema.ts'
import { pageOf } from '../http/pages.ts'
import { limits } from '../limits.ts'
import { email, id, line, messageId, nullable, nullableId, nullableTime, oneOf, time } from '../http/schema.ts'

const direction = oneOf(['INBOUND', 'OUTBOUND', 'SYSTEM'], {
  title: 'MessageDirection',
  description: 'SYSTEM: neither from nor to the customer.',
})
const messageStatus = oneOf(['PENDING', 'SENT', 'FAILED'], { title: 'MessageStatus' })
export type MessageStatus = Static<typeof messageStatus>

export const messageOrder = oneOf(['asc', 'desc'], {
  default: 'asc',
  description: 'asc: oldest first. desc: newest first.',
})
export type MessageOrder = Static<typeof messageOrder>

export const attachment = Type.Object(
  {
    number: Type.Integer({ description: 'The part of the URL that fetches it.' }),
    name: Type.String({ examples: ['invoice.pdf'] }),
    contentType: Type.String(),
    size: Type.Integer({ description: 'Bytes.' }),
  },
  { title: 'Attachment' },
)
export type Attachment = Static<typeof attachment>

const message = Type.Object(
  {
    id: id('msg'),
    direction,
    senderType: oneOf(['CUSTOMER', 'AGENT', 'SYSTEM'], { title: 'SenderType' }),
    note: Type.Boolean({ description: 'Internal: never leaves.' }),
    isUnread: Type.Boolean(),
    contentText: Type.String(),
    contentHtml: nullable({
      description: 'Cleaned: no scripts, style sheets or frames; inline styles by an allow-list.',
    }),
    contentPreview: Type.String(),
    status: messageStatus,
    attachments: Type.Array(attachment),
    agentId: nullableId('agt', { description: 'OUTBOUND: who wrote it, where that was an agent.' }),
    createdAt: time,
    sentAt: nullableTime,
    failureReason: nullable({
      description: 'Why it is FAILED: in our words, or in those of the mail server that was to take it.',
    }),
    attempts: Type.Unsafe<number | null>({
      type: ['integer', 'null'],
      description: 'PENDING: how often sending it was tried in vain. Else null.',
    }),
    lastError: nullable({ description: 'PENDING: why it waits, where it does: failureReason of the last attempt.' }),
    nextAttemptAt: Type.Unsafe<string | null>({
      ...nullableTime,
      description: 'PENDING: when it is tried next, at the earliest, where it waits.',
    }),
    isAutomatic: Type.Boolean({ description: 'Written by a program: an auto-reply, a delivery report.' }),
    automatic: Type.Boolean({ description: 'The same as isAutomatic.' }),
    from: Type.Unsafe<Address | null>({
      ...address,
      type: ['object', 'null'],
      description: 'What the From of its mail says. Null where it is no mail, or has not left yet.',
    }),
    to: Type.Array(address, { description: 'The To of its mail.' }),
    cc: Type.Array(address, { description: 'The Cc of its mail.' }),
    bcc: Type.Array(address, { description: 'OUTBOUND: who got it besides, unseen by the others.' }),
    replyTo: nullable({
      description: "INBOUND: where its mail wants the answer; OUTBOUND: where it goes. Null: the contact's address.",
    }),
    hasRawMail: Type.Boolean({ description: 'Whether `…/raw` has the mail that it came as.' }),
    claimsToBeOurs: Type.Boolean({
      description: 'Its mail is from an address of the team, and nothing proves that.',
    }),
  },
  { title: 'Message' },
)
export type Message = Static<typeof message>

export const thread = Type.Object({
  thread: Type.Object(
    {
      conversation: Type.Object(
        {
          ...Type.Pick(conversation, ['id', 'status', 'source', 'subject']).properties,
          summary: nullable({ description: 'The preview of its first message.' }),
        },
        { title: 'ThreadConversation' },
      ),
      contact: Type.Pick(contact, ['id', 'email', 'name'], { title: 'ThreadContact' }),
      channel: Type.Unsafe<{ id: string; name: string; email: string | null } | null>({
        ...Type.Object({ id: id('chn'), name: channelName, email: nullable({ examples: ['help@example.com'] }) }),
        title: 'ThreadChannel',
        type: ['object', 'null'],
      }),
      messages: pageOf(message),
    },
    { title: 'Thread' },
  ),
})

export const oneMessage = Type.Object({ message })

const contentText = Type.String({
  pattern: String.raw`\S`,
  'x-rule': 'must not be blank',
  description: 'The text.',
})

const attachmentIds = Type.Array(id('fil'), {
  maxItems: limits.uploadFiles,
  uniqueItems: true,
  'x-rule': `must hold at most ${limits.uploadFiles} ids of uploaded files, each once`,
  description: 'Files that were uploaded for it, and belong to it from now on.',
})

const recipients = (description: string) =>
  Type.Optional(Type.Array(email, { description, maxItems: limits.replyRecipients }))

export const newMessage = Type.Object(
  {
    contentText,
    contentHtml: Type.Optional(Type.String({ description: 'Cleaned before it is stored.' })),
    direction: Type.Optional(
      oneOf(['OUTBOUND', 'INBOUND'], {
        description: 'OUTBOUND, a reply, unless said. INBOUND needs the scope api_user.',
      }),
    ),
    note: Type.Optional(
      Type.Boolean({ description: 'An internal note: changes no preview and leaves by no channel.' }),
    ),
    after: Type.Optional(
      messageId('The newest message that its author has seen: if others have written since, nothing is stored (409).'),
    ),
    attachmentIds: Type.Optional(attachmentIds),
    to: recipients("Unless given, as the conversation's recipients say."),
    cc: recipients("Unless given, as the conversation's recipients say."),
    bcc: recipients('Who gets it unseen by the others.'),
  },
  {
    additionalProperties: false,
    title: 'NewMessage',
    examples: [{ contentText: 'Here is your invoice.', attachmentIds: ['fil_00Qq2aZkP1d8mXw5uVbT7cRe'] }],
  },
)

export type NewMessage = Static<typeof newMessage>

export const newConversation = Type.Object(
  {
    email,
    name: Type.Optional(line(limits.nameCharacters)),
    subject: line(limits.subjectCharacters),
    contentText,
    channelId: Type.Optional(
      id('chn', { description: 'The EMAIL channel that it is sent through; the first one, unless said.' }),
    ),
    attachmentIds: Type.Optional(attachmentIds),
    direction: Type.Optional(
      oneOf(['OUTBOUND', 'INBOUND'], {
        description:
          'OUTBOUND, a mail to the contact, unless said. INBOUND records what the contact wrote elsewhere, and needs the scope api_user.',
      }),
    ),
    createdAt: Type.Optional(
      Type.String({
        format: 'date-time',
        'x-rule': 'must be a time such as 2027-01-31T12:00:00Z',
        description: 'INBOUND: when it was written, where that is past. It is then read, in a closed conversation.',
      }),
    ),
    externalId: Type.Optional(
      Type.String({
        pattern: `^[!-~]{1,${limits.externalIdCharacters}}$`,
        'x-rule': `must be 1 to ${limits.externalIdCharacters} visible ASCII characters`,
        description: 'INBOUND: your own id of it. The same one of the same contact again is the same message.',
      }),
    ),
  },
  {
    additionalProperties: false,
    title: 'NewConversation',
    examples: [{ email: 'jane@example.com', subject: 'Your order', contentText: 'Your order is on its way.' }],
  },
)

export type NewConversation = Static<typeof newConversation>

/** The same fields as JSON or, with files, as multipart/form-data. */
export const withFiles = (body: TObject) => {
  const { attachmentIds: _, ...fields } = body.properties
  return {
    content: {
      'application/json': { schema: body },
      'multipart/form-data': {
        schema: Type.Object(
          {
            ...fields,
            attachments: Type.Optional(
              Type.Array(Type.Unsafe<unknown>({ type: 'string', format: 'binary' }), {
                maxItems: limits.uploadFiles,
                description: `Files, ${limits.uploadBytes / 1024 / 1024} MiB in all.`,
              }),
            ),
          },
          { additionalProperties: false },
        ),
      },
    },
  }
}

export const startedConversation = Type.Object({
  conversation: Type.Object({ id: id('thd') }),
  contact: Type.Object({ id: id('ctc') }),
  message: Type.Pick(message, ['id', 'contentPreview', 'status'], { title: 'StartedMessage' }),
})
