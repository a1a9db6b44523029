import { Type, type Static } from 'typebox'
import { limits } from '../limits.ts'
import { pageOf } from '../http/pages.ts'
import { email, id, line, nullable, nullableTime, oneOf, time } from '../http/schema.ts'

export const contactStatus = oneOf(['ACTIVE', 'ARCHIVED'], { title: 'ContactStatus' })
export const source = oneOf(['EMAIL', 'CHAT', 'API', 'FORM', 'IMPORT'], {
  title: 'Source',
  description: 'How it came to be.',
})
export type Source = Static<typeof source>
export type ContactStatus = Static<typeof contactStatus>

export const contact = Type.Object(
  {
    id: id('ctc'),
    email: Type.String(),
    name: Type.String(),
    avatarUrl: nullable(),
    phone: nullable(),
    status: contactStatus,
    source,
    lastMessageAt: nullableTime,
    lastMessagePreview: nullable({ description: `At most ${limits.previewCharacters} characters.` }),
    createdAt: time,
  },
  { title: 'Contact' },
)
export type Contact = Static<typeof contact>

const customer = Type.Object(
  {
    contact: Type.Pick(contact, ['id', 'email', 'name', 'avatarUrl', 'lastMessageAt', 'lastMessagePreview'], {
      title: 'ListedContact',
    }),
    latestThread: Type.Unsafe<{
      id: string
      status: string
      source: Source
      lastMessageAt: string | null
      lastMessagePreview: string | null
      unreadCount: number
    } | null>({
      ...Type.Object({
        id: id('thd'),
        status: Type.String({ description: 'OPEN, CLOSED or ARCHIVED.', enum: ['OPEN', 'CLOSED', 'ARCHIVED'] }),
        source,
        lastMessageAt: nullableTime,
        lastMessagePreview: nullable(),
        unreadCount: Type.Integer({ description: 'Messages of the customer since it was last marked as read.' }),
      }),
      title: 'LatestThread',
      type: ['object', 'null'],
      description: 'The conversation with the newest message.',
    }),
    threadCount: Type.Integer({ description: 'How many conversations the contact has.' }),
  },
  { title: 'Customer' },
)
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
  { additionalProperties: false, title: 'NewContact' },
)

export const contactChanges = Type.Object(
  {
    email: Type.Optional(email),
    name: Type.Optional(name),
    phone: Type.Optional(phone),
    avatarUrl: Type.Optional(avatarUrl),
    status: Type.Optional(contactStatus),
  },
  { additionalProperties: false, minProperties: 1, title: 'ContactChanges' },
)
export type ContactChanges = Static<typeof contactChanges>
