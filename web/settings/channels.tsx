import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { SendingTest } from '../../server/channels/schema.ts'
import { post } from '../api.ts'
import { Button } from '../ui/button.tsx'
import { Copy } from '../ui/copy.tsx'
import { Empty } from '../ui/empty.tsx'
import { NotLoaded } from '../ui/problem.tsx'
import { SkeletonList } from '../ui/skeleton.tsx'
import { Card, Cards } from './card.tsx'
import { closingOf, kindNames, linkOf, type Channel } from './channel-kinds.ts'
import { EditChannel } from './edit-channel.tsx'
import { useSettings } from './list.ts'
import { NewChannel } from './new-channel.tsx'
import { PlusAddresses } from './plus-addresses.tsx'
import { Remove } from './remove.tsx'
import { TestResult } from './test-channel.tsx'

const snippet = (key: string): string =>
  `<script async src="${location.origin}/embeds/v1/support-widget.js" data-publishable-key="${key}"></script>`

/** How customers reach the team. */
export const Channels = () => {
  const { data, error, refetch } = useSettings<Channel>('channels')
  const [isAdding, setAdding] = useState(false)
  const [edited, setEdited] = useState<Channel>()
  const [leaving, setLeaving] = useState<Channel>()
  const [tests, setTests] = useState<Record<string, SendingTest>>({})
  const tested = (id: string, test: SendingTest) => setTests((known) => ({ ...known, [id]: test }))
  const trial = useMutation({
    mutationFn: ({ id }: Channel) => post<{ test: SendingTest }>(`/channels/${id}/test`, {}),
    onSuccess: ({ test }, { id }) => tested(id, test),
  })
  if (error && !data) return <NotLoaded error={error} again={refetch} />
  if (!data) return <SkeletonList label="The channels are being loaded." rows={3} />
  return (
    <>
      {data.length === 0 && (
        <Empty title="Customers cannot reach you yet">Add the address that they write to, a chat or a form.</Empty>
      )}
      {data.length > 0 && (
        <Cards label="Channels">
          {data.map((channel) => (
            <Card
              key={channel.id}
              title={channel.name}
              note={`${kindNames[channel.kind]}${channel.email ? ` · ${channel.email}` : ''}`}
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
                  <Button onClick={() => setEdited(channel)} aria-label={`Edit ${channel.name}`}>
                    Edit
                  </Button>
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
                  <Copy label="Link of the form" text={linkOf(channel)} />
                </div>
              )}
            </Card>
          ))}
        </Cards>
      )}
      <Button look="main" onClick={() => setAdding(true)}>
        Add a channel
      </Button>
      {edited && <EditChannel channel={edited} close={() => setEdited(undefined)} tested={tested} />}
      <NewChannel isOpen={isAdding} close={() => setAdding(false)} tested={tested} />
      <Remove
        of="channels"
        id={leaving?.id}
        title={`Close ${leaving?.name ?? 'this channel'}?`}
        action="Close it"
        close={() => setLeaving(undefined)}
      >
        {leaving && closingOf(leaving)}
      </Remove>
    </>
  )
}
