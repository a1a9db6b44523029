import { useMutation } from '@tanstack/react-query'
import type { Agent } from '../../server/agents/schema.ts'
import type { SignedIn } from '../../server/sessions/schema.ts'
import { patch, send } from '../api.ts'
import { client } from '../client.ts'
import { setCompact, useIsCompact } from '../inbox/density.ts'
import { entered, signOut, useMe } from '../session/session.ts'
import { Button } from '../ui/button.tsx'
import { Field, Tick } from '../ui/field.tsx'
import type { Typed } from '../ui/form.tsx'
import { useToasts } from '../ui/toasts.tsx'
import { SaveForm } from './save-form.tsx'
import { Sessions } from './sessions.tsx'

export const Profile = () => (
  <div className="grid gap-10">
    <Name />
    <Password />
    <Display />
    <Sessions />
    <div>
      <Button onClick={() => void signOut()}>Sign out</Button>
    </div>
  </div>
)

const Name = () => {
  const me = useMe()
  const { say } = useToasts()
  const { mutate, error, isPending } = useMutation({
    mutationFn: (name: string) => patch<{ agent: Agent }>(`/agents/${me.id}`, { name }),
    onSuccess: ({ agent: { name } }) => {
      client.setQueryData<SignedIn>(
        ['session'],
        (session) => session && { ...session, agent: { ...session.agent, name } },
      )
      void client.invalidateQueries({ queryKey: ['agents'] })
      say('Saved.')
    },
  })
  return (
    <SaveForm submit={(typed) => mutate(typed('name'))} {...{ error, isPending }}>
      <Field
        name="name"
        required
        defaultValue={me.name}
        hint="Customers see it in chats and, unless a channel sends as the team alone, in mails."
        dir="auto"
      />
      <Field label="Email" value={me.email ?? ''} readOnly type="email" />
    </SaveForm>
  )
}

const Display = () => (
  <section>
    <h3 className="mb-3 font-semibold">In this browser</h3>
    <Tick label="Compact rows: more conversations on the screen" checked={useIsCompact()} change={setCompact} />
  </section>
)

const Password = () => {
  const { say } = useToasts()
  const { mutate, error, isPending } = useMutation({
    mutationFn: (body: { currentPassword: string; password: string }) =>
      send<SignedIn>('PUT', '/v1/session/password', { body }),
    onSuccess: (session) => {
      entered(session)
      void client.invalidateQueries({ queryKey: ['sessions'] })
      say('Saved. You are signed out everywhere else.')
    },
  })
  const submit = (typed: Typed, form: HTMLFormElement) =>
    mutate(
      { currentPassword: typed('currentPassword'), password: typed('password') },
      { onSuccess: () => form.reset() },
    )
  return (
    <SaveForm action="Change the password" {...{ submit, error, isPending }}>
      <h3 className="font-semibold">Another password</h3>
      <Field name="currentPassword" type="password" autoComplete="current-password" required />
      <Field
        label="New password"
        name="password"
        type="password"
        autoComplete="new-password"
        minLength={12}
        required
        hint="At least 12 characters. Every other session ends."
      />
    </SaveForm>
  )
}
