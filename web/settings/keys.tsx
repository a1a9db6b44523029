import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { post } from '../api.ts'
import { useMe } from '../session/session.ts'
import { Button } from '../ui/button.tsx'
import { Empty } from '../ui/empty.tsx'
import { Field } from '../ui/field.tsx'
import { Select } from '../ui/select.tsx'
import type { Typed } from '../ui/form.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { NotLoaded } from '../ui/problem.tsx'
import { SkeletonList } from '../ui/skeleton.tsx'
import { Time } from '../ui/time.tsx'
import { Card, Cards } from './card.tsx'
import { changed, useSettings } from './list.ts'
import { Remove } from './remove.tsx'
import { ShownOnce } from './shown-once.tsx'

const whose = { api_user: 'a program', user: 'an agent', mail: 'a mail provider' }

interface Key {
  id: string
  name: string | null
  scope: keyof typeof whose
  hint: string
  createdAt: string
  lastUsedAt: string | null
}

export const Keys = () => {
  const { data, error, refetch } = useSettings<Key>('keys')
  const [isAdding, setAdding] = useState(false)
  const [secret, setSecret] = useState<string>()
  const [leaving, setLeaving] = useState<Key>()
  if (error && !data) return <NotLoaded error={error} again={refetch} />
  if (!data) return <SkeletonList label="The keys are being loaded." rows={3} />
  return (
    <>
      {data.length === 0 && <Empty title="No key yet">A key lets a program of yours use the API.</Empty>}
      {data.length > 0 && (
        <Cards label="API keys">
          {data.map((key) => (
            <Card
              key={key.id}
              title={key.name ?? 'No name'}
              note={
                <>
                  …{key.hint} · {whose[key.scope]} ·{' '}
                  {key.lastUsedAt ? (
                    <>
                      used <Time at={key.lastUsedAt} />
                    </>
                  ) : (
                    'not used yet'
                  )}
                </>
              }
              actions={
                <Button look="danger" onClick={() => setLeaving(key)} aria-label={`Revoke ${key.name ?? key.hint}`}>
                  Revoke
                </Button>
              }
            />
          ))}
        </Cards>
      )}
      <Button look="main" onClick={() => setAdding(true)}>
        Make a key
      </Button>
      <NewKey isOpen={isAdding} close={() => setAdding(false)} made={setSecret} />
      <ShownOnce title="Your key" label="API key" text={secret} close={() => setSecret(undefined)}>
        It is shown this once. Whoever has it can use the API.
      </ShownOnce>
      <Remove
        of="keys"
        id={leaving?.id}
        title="Revoke this key?"
        action="Revoke it"
        close={() => setLeaving(undefined)}
      >
        Programs that use <bdi className="font-medium">{leaving?.name ?? leaving?.hint}</bdi> are refused from now on.
      </Remove>
    </>
  )
}

const NewKey = ({ isOpen, close, made }: { isOpen: boolean; close(): void; made(secret: string): void }) => {
  const me = useMe()
  const { mutate, error, isPending } = useMutation({
    mutationFn: (body: { name: string; scope: string; agentId?: string }) => post<{ secret: string }>('/keys', body),
    onSuccess: ({ secret }) => {
      changed('keys')
      close()
      made(secret)
    },
  })
  const submit = (typed: Typed) => {
    const [name, scope] = [typed('name'), typed('scope')]
    mutate({ name, scope, ...(scope === 'user' ? { agentId: me.id } : {}) })
  }
  return (
    <FormDialog title="Make a key" action="Make it" {...{ isOpen, close, submit, error, isPending }}>
      <Field name="name" required hint="What it is for." />
      <Select
        label="May"
        name="scope"
        options={[
          ['api_user', 'do everything, as a program'],
          ['user', 'read and answer, as you'],
          ['mail', 'deliver mail, and nothing else'],
        ]}
      />
    </FormDialog>
  )
}
