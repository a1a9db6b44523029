import type { Static } from 'typebox'
import type { ChannelChanges, ChannelKind, Field, NewChannel, oneChannel } from '../../server/channels/schema.ts'
import type { Typed } from '../ui/form.tsx'

export type Channel = Static<typeof oneChannel>['channel']

export const kindNames: Record<ChannelKind, string> = { EMAIL: 'Mail', CHAT: 'Chat', FORM: 'Form' }

export const linkOf = ({ id }: Pick<Channel, 'id'>): string => `${location.origin}/forms/${id}`

const originsIn = (text: string): string[] => text.split(/[\s,]+/).filter((origin) => origin !== '')

/** Everything that the dialog asks for, of a channel of this kind. */
const given = (kind: ChannelKind, { typed, fields }: Given): Omit<NewChannel, 'kind'> => {
  const name = typed('name')
  if (kind === 'EMAIL')
    return {
      name,
      email: typed('email'),
      smtpUrl: typed('smtpUrl') || null,
      senderName: typed('senderName') as 'AGENT' | 'TEAM',
    }
  const allowedOrigins = originsIn(typed('allowedOrigins'))
  if (kind === 'FORM')
    return {
      name,
      fields: fields.filter(({ label }) => label.trim() !== ''),
      // a form without any takes posts from everywhere
      allowedOrigins: allowedOrigins.length === 0 ? ['*'] : allowedOrigins,
      returnTo: typed('returnTo') || null,
    }
  return {
    name,
    allowedOrigins,
    greeting: typed('greeting') || null,
    color: typed('color') || null,
    position: (typed('position') || null) as 'LEFT' | 'RIGHT' | null,
  }
}

interface Given {
  typed: Typed
  /** Of a form. */
  fields: Field[]
}

export const newChannelOf = (kind: ChannelKind, of: Given): NewChannel => ({ kind, ...given(kind, of) })

/** Only what was changed is sent, so that two who edit at once lose nothing of each other. */
export const changesIn = (channel: Channel, of: Given): ChannelChanges =>
  Object.fromEntries(
    Object.entries(given(channel.kind, of)).filter(
      ([field, value]) => JSON.stringify(value) !== JSON.stringify(channel[field as keyof Channel]),
    ),
  )

/** A name of its own for a new field of a form, made of what it is called: the API and sites that post know it by that. */
export const fieldNamed = (label: string, taken: string[]): string => {
  const words = label
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replaceAll('ß', 'ss')
    .split(/[^a-zA-Z0-9]+/)
    .filter((word) => word !== '')
    .map((word, i) => (i === 0 ? word.toLowerCase() : word.charAt(0).toUpperCase() + word.slice(1)))
  const name =
    words
      .join('')
      .replace(/^[^a-z]+/, '')
      .slice(0, 36) || 'field'
  const isTaken = (wanted: string) => [...taken, ...standard].includes(wanted)
  if (!isTaken(name)) return name
  for (let i = 2; ; i += 1) if (!isTaken(`${name}${i}`)) return `${name}${i}`
}

/** What every form has, and names that mean something else. */
const standard = ['name', 'email', 'subject', 'message', 'files', 'homepage', 'token', 'constructor']

/** What happens when a channel is closed, and that there is no way back. */
export const closingOf = ({ kind, email }: Pick<Channel, 'kind' | 'email'>): string => {
  const what = {
    EMAIL: `Mail to ${email ?? 'its address'} is refused from then on. Replies in its conversations leave through your first mail channel.`,
    CHAT: 'The chat disappears from your pages, and visitors cannot go on with what they wrote. Replies leave by mail, to those whose address is known.',
    FORM: 'Its link and the forms on your pages stop working. Replies to what came by it leave as before.',
  }[kind]
  const again = {
    EMAIL: 'You can add the address again as a new channel.',
    CHAT: 'A new chat has another key: your pages need its script.',
    FORM: 'A new form has another link.',
  }[kind]
  return `${what} Its conversations stay. This cannot be undone. ${again}`
}
