import { Type, type Static } from 'typebox'
import { limits } from '../limits.ts'
import { pageOf } from '../http/pages.ts'
import { email, id, line, nullable, oneOf, time } from '../http/schema.ts'

export const channelKind = oneOf(['EMAIL', 'CHAT', 'FORM'], { title: 'ChannelKind' })
export type ChannelKind = Static<typeof channelKind>

const name = line(limits.nameCharacters, {
  description: 'What people call it; EMAIL: the name that mails come from.',
  examples: ['Help'],
})
export const channelName = Type.String({ examples: ['Help'] })

export const smtpUrlRule = 'must be a URL like smtp://user:password@host:587 or smtps://user:password@host'
export const originRule = 'must be * or an origin such as https://shop.example, without a path'
export const returnToRule = 'must be a http or https URL, or null'
export const fieldName = new RegExp(`^[a-z][a-zA-Z0-9_]{0,${limits.fieldNameCharacters - 1}}$`)
export const fieldNameRule = `must begin with a small letter and be at most ${limits.fieldNameCharacters} letters, digits and _`

/** What every form has besides the fields of its own; `homepage` is there for robots to fill in. */
export const formFields = ['name', 'email', 'subject', 'message', 'files', 'homepage', 'token'] as const

const smtpUrl = Type.Unsafe<string | null>({
  type: ['string', 'null'],
  maxLength: limits.urlCharacters,
  pattern: String.raw`^smtps?://[^\s\p{Cc}]+$`,
  'x-rule': smtpUrlRule,
  description: 'EMAIL: the server that its mails are sent through; SMTP_URL of the installation where it is null.',
})

const plusAddresses = Type.Boolean({
  description: 'EMAIL: whether answers to its mails go to addresses of their own, as help+TOKEN@example.com.',
})

const allowedOrigins = Type.Array(
  Type.String({
    maxLength: limits.urlCharacters,
    pattern: String.raw`^(\*|https?://[^\s/?#@\p{Cc}]+)$`,
    'x-rule': originRule,
  }),
  {
    maxItems: limits.originsMost,
    'x-rule': `must hold at most ${limits.originsMost} origins`,
    description: 'CHAT and FORM: the pages that may use it, as https://shop.example; * for any.',
  },
)

const field = Type.Object(
  {
    name: Type.String({ pattern: fieldName.source, 'x-rule': fieldNameRule, examples: ['order'] }),
    label: line(limits.nameCharacters),
    required: Type.Optional(Type.Boolean({ default: false, description: 'Whether a post needs it.' })),
  },
  { additionalProperties: false, title: 'NewFormField' },
)
export type Field = { name: string; label: string; required: boolean }

const fields = Type.Array(field, {
  maxItems: limits.fieldsMost,
  'x-rule': `must hold at most ${limits.fieldsMost} fields`,
  description: 'FORM: what it asks for besides name, email, subject and message.',
})

const returnTo = nullable({
  maxLength: limits.urlCharacters,
  pattern: String.raw`^https?://[^\s\p{Cc}"<>\\]+$`,
  'x-rule': returnToRule,
  description: 'FORM: where the browser goes afterwards; a page that says thank you where it is null.',
})

const mailAddress = Type.String({ ...email, examples: ['help@example.com'] })

const senderName = oneOf(['AGENT', 'TEAM'], {
  title: 'SenderName',
  description: 'EMAIL: whom replies come from. AGENT: "Ada at Help", TEAM: the name of the channel alone.',
})
export type SenderName = Static<typeof senderName>

const greeting = nullable({
  maxLength: limits.greetingCharacters,
  pattern: String.raw`\S`,
  'x-rule': `must be 1 to ${limits.greetingCharacters} characters, not all of them blank, or null`,
  description: "CHAT: what visitors read first; null: the script's own, in the visitor's language.",
})

const color = nullable({
  pattern: '^#[0-9a-fA-F]{6}$',
  'x-rule': 'must be a color like #1f6650, or null',
  description: "CHAT: of its button and the visitor's messages.",
})

const chatPosition = oneOf(['LEFT', 'RIGHT'], { title: 'ChatPosition' })
export type ChatPosition = Static<typeof chatPosition>

const position = Type.Unsafe<ChatPosition | null>({
  type: ['string', 'null'],
  enum: ['LEFT', 'RIGHT', null],
  'x-rule': 'must be LEFT, RIGHT or null',
  description: 'CHAT: the side of the page; null: where the language ends its lines.',
})

/** What a page that has the chat is told of it. */
export const appearance = Type.Object({ greeting, color, position })

/** What a channel may be given, whatever kind it is; change.ts says which kind has what. */
const given = {
  email: Type.Optional(mailAddress),
  smtpUrl: Type.Optional(smtpUrl),
  plusAddresses: Type.Optional(plusAddresses),
  senderName: Type.Optional(senderName),
  allowedOrigins: Type.Optional(allowedOrigins),
  greeting: Type.Optional(greeting),
  color: Type.Optional(color),
  position: Type.Optional(position),
  fields: Type.Optional(fields),
  returnTo: Type.Optional(returnTo),
}

export const newChannel = Type.Object(
  { kind: channelKind, name, ...given },
  {
    additionalProperties: false,
    title: 'NewChannel',
    examples: [{ kind: 'EMAIL', name: 'Help', email: 'help@example.com' }],
  },
)
export type NewChannel = Static<typeof newChannel>

export const channelChanges = Type.Object(
  { name: Type.Optional(name), ...given },
  { additionalProperties: false, minProperties: 1, title: 'ChannelChanges', examples: [{ name: 'Help' }] },
)
export type ChannelChanges = Static<typeof channelChanges>

const channel = Type.Object(
  {
    id: id('chn'),
    kind: channelKind,
    name: channelName,
    email: nullable({ description: 'EMAIL.', examples: ['help@example.com'] }),
    smtpUrl: nullable({ description: 'EMAIL: without its password.' }),
    plusAddresses,
    senderName,
    publishableKey: nullable({ description: 'CHAT: what a page names the channel by. Not a secret.' }),
    allowedOrigins: Type.Array(Type.String({ examples: ['https://shop.example'] })),
    fields: Type.Array(
      Type.Object(
        { name: Type.String({ examples: ['order'] }), label: Type.String(), required: Type.Boolean() },
        { title: 'FormField' },
      ),
    ),
    returnTo: nullable(),
    ...appearance.properties,
    createdAt: time,
  },
  { title: 'Channel' },
)

const sendingTest = Type.Object(
  {
    ok: Type.Boolean({
      description: 'Whether the mail server takes the connection and, where there is one, the password.',
    }),
    reason: nullable({
      enum: [
        'no_server',
        'invalid_url',
        'unknown_host',
        'unreachable',
        'timeout',
        'no_encryption',
        'password_refused',
        'refused',
        'dropped',
        'failed',
        null,
      ],
      description: 'For programs. Null where it is ok.',
    }),
    sentence: Type.String({ description: 'For people.' }),
  },
  { title: 'SendingTest' },
)
export type SendingTest = Static<typeof sendingTest>

const testOfChange = Type.Unsafe<SendingTest | null>({
  ...sendingTest,
  type: ['object', 'null'],
  description: 'EMAIL, where smtpUrl was set: whether mail can leave by it. Null where that was not tried.',
})

export const sentTest = Type.Object({ test: sendingTest })
export const changedChannel = Type.Object({ channel, test: testOfChange })
export const oneChannel = Type.Object({ channel })
export const channels = Type.Object({ channels: pageOf(channel) })
export const createdChannel = Type.Object({
  test: testOfChange,
  channel: Type.Object(
    {
      ...channel.properties,
      identitySecret: Type.Optional(
        Type.String({
          description: "CHAT, here and nowhere else: signs a visitor's address (HMAC-SHA256) on the site's own server.",
        }),
      ),
    },
    { title: 'CreatedChannel' },
  ),
})
