import { Type, type Static } from 'typebox'
import { limits } from '../limits.ts'
import { pageOf } from '../http/pages.ts'
import { email, line, nullable, nullableTime, oneOf, time } from '../http/schema.ts'

export const contactStatus = oneOf(['ACTIVE', 'ARCHIVED'])
export const source = oneOf(['EMAIL', 'CHAT', 'API', 'FORM', 'IMPORT'], { description: 'How it came to be.' })
export type Source = Static<typeof source>
export type ContactStatus = Static<typeof contactStatus>

const id = Type.String({ examples: ['ctc_B7OSYsnTUVwBPOGrgYTjvSGS'] })

export const contact = Type.Object({
  id,
  email: Type.String(),
  name: Type.String(),
  avatarUrl: nullable(),
  phone: nullable(),
  status: contactStatus,
  source,
  lastMessageAt: nullableTime,
  lastMessagePreview: nullable({ description: `At most ${limits.previewCharacters} characters.` }),
  createdAt: time,
})
export type Contact = Static<typeof contact>

const customer = Type.Object({
  contact: Type.Pick(contact, ['id', 'email', 'name', 'avatarUrl', 'lastMessageAt', 'lastMessagePreview']),
  latestThread: Type.Unsafe<{
    id: string
    status: string
    source: Source
    lastMessageAt: string | null
    lastMessagePreview: string | null
    unreadCount: number
  } | null>({
    ...Type.Object({
      id: Type.String(),
      status: Type.String(),
      source,
      lastMessageAt: nullableTime,
      lastMessagePreview: nullable(),
      unreadCount: Type.Integer(),
    }),
    type: ['object', 'null'],
    description: 'The conversation with the newest message.',
  }),
  threadCount: Type.Integer(),
})
export type Customer = Static<typeof customer>

export const oneContact = Type.Object({ contact })
export const customers = Type.Object({ customers: pageOf(customer) })

const name = line(limits.nameCharacters, { description: 'Left out, it is the part of the address before the @.' })
const phone = nullable({
  maxLength: limits.phoneCharacters,
  pattern: String.raw`\p{Nd}`,
  description: 'Kept as it is sent.',
  'x-rule': `must hold a digit and at most ${limits.phoneCharacters} characters`,
})
/** Nothing that could end an attribute or a header. */
export const httpsUrl = /^https:\/\/[^\s\p{Cc}"<>\\]+$/u

const avatarUrl = nullable({
  maxLength: limits.urlCharacters,
  pattern: httpsUrl.source,
  'x-rule': `must be an https URL of at most ${limits.urlCharacters} characters`,
})

export const newContact = Type.Object(
  { email, name: Type.Optional(name), phone: Type.Optional(phone), avatarUrl: Type.Optional(avatarUrl) },
  { additionalProperties: false },
)

export const contactChanges = Type.Object(
  {
    email: Type.Optional(email),
    name: Type.Optional(name),
    phone: Type.Optional(phone),
    avatarUrl: Type.Optional(avatarUrl),
    status: Type.Optional(contactStatus),
  },
  { additionalProperties: false, minProperties: 1 },
)
export type ContactChanges = Static<typeof contactChanges>
