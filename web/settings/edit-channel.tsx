import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { ChannelChanges, SendingTest } from '../../server/channels/schema.ts'
import { patch } from '../api.ts'
import { FormDialog } from '../ui/form-dialog.tsx'
import { ChannelFields } from './channel-fields.tsx'
import { changesIn, type Channel } from './channel-kinds.ts'
import { changed } from './list.ts'

interface Given {
  channel: Channel
  close(): void
  tested(id: string, test: SendingTest): void
}

export const EditChannel = ({ channel, close, tested }: Given) => {
  const [fields, setFields] = useState(channel.fields)
  const { mutate, error, isPending } = useMutation({
    mutationFn: (changes: ChannelChanges) => patch<{ test: SendingTest | null }>(`/channels/${channel.id}`, changes),
    onSuccess: ({ test }) => {
      changed('channels')
      if (test) tested(channel.id, test)
      close()
    },
  })
  return (
    <FormDialog
      title={`Edit ${channel.name}`}
      action="Save"
      isOpen
      submit={(typed) => {
        const changes = changesIn(channel, { typed, fields })
        if (Object.keys(changes).length === 0) close()
        else mutate(changes)
      }}
      {...{ close, error, isPending }}
    >
      <ChannelFields kind={channel.kind} {...{ channel, fields, setFields }} />
    </FormDialog>
  )
}
