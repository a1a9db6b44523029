import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { Agent, AgentChanges, NewAgent } from '../../server/agents/schema.ts'
import { patch, post } from '../api.ts'
import { useMe } from '../session/session.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { Select } from '../ui/select.tsx'
import type { Typed } from '../ui/form.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { Menu } from '../ui/menu.tsx'
import { NotLoaded } from '../ui/problem.tsx'
import { SkeletonList } from '../ui/skeleton.tsx'
import { useToasts } from '../ui/toasts.tsx'
import { Card, Cards } from './card.tsx'
import { changed, useSettings } from './list.ts'
import { ShownOnce } from './shown-once.tsx'

interface Invited {
  agent: Agent
  invitation: { url: string; expiresAt: string }
}

const states = { ACTIVE: '', INVITED: ' · invited', DISABLED: ' · disabled' } as const

export const Agents = () => {
  const me = useMe()
  const { failed } = useToasts()
  const { data, error, refetch } = useSettings<Agent>('agents')
  const [isAdding, setAdding] = useState(false)
  const [invited, setInvited] = useState<Invited>()
  const change = async (id: string, changes: AgentChanges) => {
    await patch(`/agents/${id}`, changes).catch(failed('Not changed.'))
    changed('agents')
  }
  const invite = (id: string) =>
    post<Invited>(`/agents/${id}/invitation`, undefined).then(setInvited, failed('No link.'))
  const choicesFor = ({ id, role, status }: Agent) => [
    { text: status === 'INVITED' ? 'New link to sign in' : 'Link for a new password', act: () => void invite(id) },
    role === 'ADMIN'
      ? { text: 'Make an agent', act: () => void change(id, { role: 'AGENT' }) }
      : { text: 'Make an admin', act: () => void change(id, { role: 'ADMIN' }) },
    status === 'DISABLED'
      ? { text: 'Enable', act: () => void change(id, { status: 'ACTIVE' }) }
      : { text: 'Disable', act: () => void change(id, { status: 'DISABLED' }) },
  ]
  if (error && !data) return <NotLoaded error={error} again={refetch} />
  if (!data) return <SkeletonList label="The agents are being loaded." rows={3} />
  return (
    <>
      <Cards label="Agents">
        {data.map((agent) => (
          <Card
            key={agent.id}
            title={agent.id === me.id ? `${agent.name} (you)` : agent.name}
            note={`${agent.email ?? 'only by API keys'} · ${agent.role === 'ADMIN' ? 'Admin' : 'Agent'}${states[agent.status]}`}
            actions={
              agent.id !== me.id &&
              agent.email !== null && (
                <Menu
                  className={buttonClass('plain')}
                  button={
                    <>
                      Change<span className="sr-only"> {agent.name}</span>
                    </>
                  }
                  choices={choicesFor(agent)}
                />
              )
            }
          />
        ))}
      </Cards>
      <Button look="main" onClick={() => setAdding(true)}>
        Invite somebody
      </Button>
      <Invite isOpen={isAdding} close={() => setAdding(false)} invited={setInvited} />
      <ShownOnce
        title="The link that lets them in"
        label="Link"
        // a path where the server has not been told its address
        text={invited && new URL(invited.invitation.url, location.href).href}
        close={() => setInvited(undefined)}
      >
        Give it to <bdi className="font-medium">{invited?.agent.name}</bdi>. It works once, until{' '}
        {invited && new Date(invited.invitation.expiresAt).toLocaleString()}.
      </ShownOnce>
    </>
  )
}

const Invite = ({ isOpen, close, invited }: { isOpen: boolean; close(): void; invited(of: Invited): void }) => {
  const { mutate, error, isPending } = useMutation({
    mutationFn: (body: NewAgent) => post<Invited>('/agents', body),
    onSuccess: (made) => {
      changed('agents')
      close()
      invited(made)
    },
  })
  const submit = (typed: Typed) =>
    mutate({ name: typed('name'), email: typed('email'), role: typed('role') as 'ADMIN' | 'AGENT' })
  return (
    <FormDialog title="Invite somebody" action="Make a link" {...{ isOpen, close, submit, error, isPending }}>
      <Field name="name" required hint="Customers see it." />
      <Field name="email" type="email" required />
      <Select
        label="May"
        name="role"
        options={[
          ['AGENT', 'answer customers'],
          ['ADMIN', 'answer customers and change settings'],
        ]}
      />
    </FormDialog>
  )
}
