import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useLocation, useParams } from 'wouter'
import type { Static } from 'typebox'
import type { Acceptance, invitation, SignedIn } from '../../server/sessions/schema.ts'
import { Failure, send } from '../api.ts'
import { Button, buttonClass } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { Form, type Typed } from '../ui/form.tsx'
import { NotLoaded, Problem } from '../ui/problem.tsx'
import { Entrance } from './entrance.tsx'
import { entered } from './session.ts'

type Invited = Static<typeof invitation>['invitation']

/** Where the link of an invitation leads, and that of a forgotten password. */
export const Invitation = () => {
  const { token } = useParams<{ token: string }>()
  const url = `/v1/invitations/${encodeURIComponent(token)}`
  const { data, error, refetch } = useQuery({
    queryKey: ['invitation', token],
    queryFn: () => send<{ invitation: Invited }>('GET', url),
  })
  if (error instanceof Failure && error.status === 404)
    return (
      <Entrance title="This link does not work any more">
        <p className="mb-6 text-muted">It was used already, or it is too old. Ask for a new one.</p>
        <Link href="/" className={buttonClass('main')}>
          Sign in
        </Link>
      </Entrance>
    )
  if (error) return <NotLoaded error={error} again={refetch} />
  return data ? <Accept url={url} invited={data.invitation} /> : null
}

const Accept = ({ url, invited: { kind, email, name, workspace } }: { url: string; invited: Invited }) => {
  const [, go] = useLocation()
  const { mutate, error, isPending } = useMutation({
    mutationFn: (body: Acceptance) => send<SignedIn>('POST', url, { body }),
    onSuccess: (session) => {
      go('/inbox/open', { replace: true })
      entered(session)
    },
  })
  const submit = (typed: Typed) => {
    const who = email === null ? { email: typed('email'), name: typed('name') } : {}
    mutate({ password: typed('password'), ...who })
  }
  return (
    <Entrance title={kind === 'RESET' ? 'Choose another password' : `Welcome to ${workspace.name}`}>
      <Form submit={submit} error={error} className="grid gap-4">
        {email === null ? (
          <>
            <Field label="Your name" name="name" autoComplete="name" required autoFocus hint="Customers see it." />
            <Field name="email" type="email" autoComplete="username" required />
          </>
        ) : (
          <Field label={name} value={email} readOnly autoComplete="username" type="email" />
        )}
        <Field
          name="password"
          type="password"
          autoComplete="new-password"
          minLength={12}
          required
          autoFocus={email !== null}
          hint="At least 12 characters."
        />
        <Problem error={error} />
        <Button type="submit" look="main" isBusy={isPending} className="justify-self-start">
          {kind === 'RESET' ? 'Save and sign in' : 'Open the inbox'}
        </Button>
      </Form>
    </Entrance>
  )
}
