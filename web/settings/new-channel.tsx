import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { NewChannel as Body, SendingTest } from '../../server/channels/schema.ts'
import { newOnce, post } from '../api.ts'
import { Field, Select } from '../ui/field.tsx'
import type { Typed } from '../ui/form.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { changed } from './list.ts'
import { ShownOnce } from './shown-once.tsx'

const kinds = [
  ['EMAIL', 'Mail address'],
  ['CHAT', 'Chat on your pages'],
  ['FORM', 'Form'],
] as const

const bodyOf = (kind: Body['kind'], typed: Typed): Body => {
  const name = typed('name')
  if (kind === 'EMAIL') return { kind, name, email: typed('email'), smtpUrl: typed('smtpUrl') || null }
  if (kind === 'FORM') return { kind, name }
  return { kind, name, allowedOrigins: typed('origins').split(/[\s,]+/) }
}

interface Made {
  channel: { id: string; identitySecret?: string }
  test: SendingTest | null
}

interface Given {
  isOpen: boolean
  close(): void
  tested(id: string, test: SendingTest): void
}

export const NewChannel = ({ isOpen, close, tested }: Given) => {
  const [kind, setKind] = useState<Body['kind']>('EMAIL')
  const [secret, setSecret] = useState<string>()
  const { mutate, error, isPending } = useMutation({
    mutationFn: (body: Body) => post<Made>('/channels', body, newOnce()),
    onSuccess: ({ channel: { id, identitySecret }, test }) => {
      changed('channels')
      if (test) tested(id, test)
      setSecret(identitySecret)
      if (identitySecret === undefined) close()
    },
  })
  const done = () => {
    setSecret(undefined)
    close()
  }
  if (secret !== undefined)
    return (
      <ShownOnce title="The chat's secret" label="Identity secret" text={isOpen ? secret : undefined} close={done}>
        For your server only: it proves who a visitor is. It is shown this once.
      </ShownOnce>
    )
  return (
    <FormDialog
      title="Add a channel"
      action="Add"
      submit={(typed) => mutate(bodyOf(kind, typed))}
      {...{ isOpen, close, error, isPending }}
    >
      <Select
        label="Kind"
        options={kinds}
        value={kind}
        onChange={({ target }) => setKind(target.value as Body['kind'])}
      />
      <Field label="Name" name="name" required hint={kind === 'EMAIL' ? 'Mails come from it.' : 'For your team.'} />
      {kind === 'EMAIL' && (
        <>
          <Field label="Address" name="email" type="email" required hint="What customers write to." />
          <Field
            label="Sent through"
            name="smtpUrl"
            placeholder="smtp://user:password@mail.example.com:587"
            hint="Empty: the mail server of the installation."
          />
        </>
      )}
      {kind === 'CHAT' && (
        <Field
          label="Your pages"
          name="origins"
          required
          placeholder="https://shop.example"
          hint="Origins, with spaces between."
        />
      )}
    </FormDialog>
  )
}
