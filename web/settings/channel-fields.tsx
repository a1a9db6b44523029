import { useState } from 'react'
import type { ChannelKind, Field as FormField } from '../../server/channels/schema.ts'
import { useMe } from '../session/session.ts'
import { Area, Field } from '../ui/field.tsx'
import { Select } from '../ui/select.tsx'
import type { Channel } from './channel-kinds.ts'
import { ChatPreview } from './chat-preview.tsx'
import { FormEditor, FormPreview } from './form-editor.tsx'

interface Given {
  kind: ChannelKind
  /** Undefined for one that is being added. */
  channel?: Channel | undefined
  fields: FormField[]
  setFields(fields: FormField[]): void
}

/** What a channel of a kind is made of. */
export const ChannelFields = ({ kind, channel, fields, setFields }: Given) => {
  const [name, setName] = useState(channel?.name ?? '')
  const nameHint = { EMAIL: 'Mails come from it.', CHAT: 'For your team.', FORM: 'The heading of the form.' }[kind]
  return (
    <>
      <Field
        name="name"
        required
        dir="auto"
        value={name}
        hint={nameHint}
        onChange={({ target }) => setName(target.value)}
      />
      {kind === 'EMAIL' && <MailFields channel={channel} name={name} />}
      {kind !== 'EMAIL' && <Origins {...{ kind, channel }} />}
      {kind === 'CHAT' && <ChatFields channel={channel} />}
      {kind === 'FORM' && (
        <>
          <FormEditor fields={fields} change={setFields} />
          <Field
            name="returnTo"
            type="url"
            placeholder="https://shop.example/thank-you"
            defaultValue={channel?.returnTo ?? ''}
            hint="Where customers go afterwards. Empty: a page that says thank you."
          />
          <FormPreview title={name} fields={fields} />
        </>
      )}
    </>
  )
}

const MailFields = ({ channel, name }: { channel: Channel | undefined; name: string }) => {
  const me = useMe()
  const team = name.trim() || 'Team'
  return (
    <>
      <Field
        name="email"
        label="Address"
        type="email"
        required
        defaultValue={channel?.email ?? ''}
        hint="What customers write to."
      />
      <Field
        name="smtpUrl"
        placeholder="smtp://user:password@mail.example.com:587"
        defaultValue={channel?.smtpUrl ?? ''}
        hint={
          channel?.smtpUrl
            ? 'Its password is not shown. To change the server, type all of it again.'
            : 'Empty: the mail server of the installation.'
        }
      />
      <Select
        name="senderName"
        defaultValue={channel?.senderName ?? 'AGENT'}
        options={[
          ['AGENT', `the agent and the team: ${me.name} at ${team}`],
          ['TEAM', `the team alone: ${team}`],
        ]}
      />
    </>
  )
}

const Origins = ({ kind, channel }: Pick<Given, 'kind' | 'channel'>) => (
  <Field
    name="allowedOrigins"
    label="Your pages"
    required={kind === 'CHAT'}
    placeholder="https://shop.example"
    defaultValue={channel?.allowedOrigins.filter((origin) => kind === 'CHAT' || origin !== '*').join(' ') ?? ''}
    hint={kind === 'CHAT' ? 'Their origins, with spaces between.' : 'Those that may have the form. Empty: any.'}
  />
)

const ChatFields = ({ channel }: Pick<Given, 'channel'>) => {
  const [greeting, setGreeting] = useState(channel?.greeting ?? '')
  const [color, setColor] = useState(channel?.color ?? '')
  const [position, setPosition] = useState<string>(channel?.position ?? '')
  return (
    <>
      <Area
        name="greeting"
        rows={3}
        value={greeting}
        onChange={({ target }) => setGreeting(target.value)}
        hint="What visitors read first. Empty: our own, in their language."
      />
      <Field
        name="color"
        placeholder="#1f6650"
        value={color}
        onChange={({ target }) => setColor(target.value)}
        hint="Of the button and of what visitors write. Empty: blue."
      />
      <Select
        name="position"
        value={position}
        choose={setPosition}
        options={[
          ['', 'as the language of the visitor runs'],
          ['RIGHT', 'on the right'],
          ['LEFT', 'on the left'],
        ]}
      />
      <ChatPreview {...{ greeting, color, position }} />
    </>
  )
}
