import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { ChannelKind, Field, NewChannel as Body, SendingTest } from '../../server/channels/schema.ts'
import { newOnce, post } from '../api.ts'
import { Select } from '../ui/select.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { ChannelFields } from './channel-fields.tsx'
import { newChannelOf } from './channel-kinds.ts'
import { changed } from './list.ts'
import { ShownOnce } from './shown-once.tsx'

const kinds = [
  ['EMAIL', 'Mail address'],
  ['CHAT', 'Chat on your pages'],
  ['FORM', 'Form'],
] as const

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
  const [kind, setKind] = useState<ChannelKind>('EMAIL')
  const [fields, setFields] = useState<Field[]>([])
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
      submit={(typed) => mutate(newChannelOf(kind, { typed, fields }))}
      {...{ isOpen, close, error, isPending }}
    >
      <Select label="Kind" options={kinds} value={kind} choose={(chosen) => setKind(chosen as ChannelKind)} />
      <ChannelFields key={kind} {...{ kind, fields, setFields }} />
    </FormDialog>
  )
}
