import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { Static } from 'typebox'
import type { oneChannel, SendingTest } from '../../server/channels/schema.ts'
import { post } from '../api.ts'
import { Button } from '../ui/button.tsx'
import { Copy } from '../ui/copy.tsx'
import { Empty } from '../ui/empty.tsx'
import { NotLoaded } from '../ui/problem.tsx'
import { Card, Cards } from './card.tsx'
import { useSettings } from './list.ts'
import { NewChannel } from './new-channel.tsx'
import { PlusAddresses } from './plus-addresses.tsx'
import { Remove } from './remove.tsx'
import { TestResult } from './test-channel.tsx'

type Channel = Static<typeof oneChannel>['channel']

const kinds = { EMAIL: 'Mail', CHAT: 'Chat', FORM: 'Form' } as const

const snippet = (key: string): string =>
  `<script async src="${location.origin}/embeds/v1/support-widget.js" data-publishable-key="${key}"></script>`

/** How customers reach the team. */
export const Channels = () => {
  const { data, error, refetch } = useSettings<Channel>('channels')
  const [isAdding, setAdding] = useState(false)
  const [leaving, setLeaving] = useState<Channel>()
  const [tests, setTests] = useState<Record<string, SendingTest>>({})
  const tested = (id: string, test: SendingTest) => setTests((known) => ({ ...known, [id]: test }))
  const trial = useMutation({
    mutationFn: ({ id }: Channel) => post<{ test: SendingTest }>(`/channels/${id}/test`, {}),
    onSuccess: ({ test }, { id }) => tested(id, test),
  })
  if (error && !data) return <NotLoaded error={error} again={refetch} />
  return (
    <>
      {data?.length === 0 && (
        <Empty title="Customers cannot reach you yet">Add the address that they write to, a chat or a form.</Empty>
      )}
      {data && data.length > 0 && (
        <Cards label="Channels">
          {data.map((channel) => (
            <Card
              key={channel.id}
              title={channel.name}
              note={`${kinds[channel.kind]}${channel.email ? ` · ${channel.email}` : ''}`}
              actions={
                <>
                  {channel.kind === 'EMAIL' && (
                    <Button
                      disabled={trial.isPending}
                      onClick={() => trial.mutate(channel)}
                      aria-label={`Test ${channel.name}`}
                    >
                      {trial.isPending && trial.variables.id === channel.id ? 'Testing…' : 'Test'}
                    </Button>
                  )}
                  <Button look="danger" onClick={() => setLeaving(channel)} aria-label={`Close ${channel.name}`}>
                    Close
                  </Button>
                </>
              }
            >
              <TestResult test={tests[channel.id]} error={trial.variables?.id === channel.id ? trial.error : null} />
              {channel.kind === 'EMAIL' && <PlusAddresses channel={channel} />}
              {channel.kind === 'CHAT' && channel.publishableKey !== null && (
                <div className="mt-3">
                  <p className="mb-1 text-sm text-muted">
                    Before &lt;/body&gt; of the pages of {channel.allowedOrigins.join(', ')}:
                  </p>
                  <Copy label="Script of the chat" text={snippet(channel.publishableKey)} />
                </div>
              )}
              {channel.kind === 'FORM' && (
                <div className="mt-3">
                  <Copy label="Link of the form" text={`${location.origin}/forms/${channel.id}`} />
                </div>
              )}
            </Card>
          ))}
        </Cards>
      )}
      <Button look="main" onClick={() => setAdding(true)}>
        Add a channel
      </Button>
      <NewChannel isOpen={isAdding} close={() => setAdding(false)} tested={tested} />
      <Remove
        of="channels"
        id={leaving?.id}
        title="Close this channel?"
        action="Close it"
        close={() => setLeaving(undefined)}
      >
        Nothing more arrives by <bdi className="font-medium">{leaving?.name}</bdi>. Its conversations stay.
      </Remove>
    </>
  )
}
