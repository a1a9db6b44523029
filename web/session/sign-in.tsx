import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { SignedIn } from '../../server/sessions/schema.ts'
import { send } from '../api.ts'
import { client, type LostSession } from '../client.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { Form } from '../ui/form.tsx'
import { Problem } from '../ui/problem.tsx'
import { Entrance } from './entrance.tsx'
import { Forgotten } from './forgotten.tsx'
import { entered } from './session.ts'

export const SignIn = () => {
  const [isForgotten, setForgotten] = useState(false)
  const lost = client.getQueryData<LostSession>(['lost session'])
  const [email, setEmail] = useState(lost?.email ?? '')
  const { mutate, error, isPending } = useMutation({
    mutationFn: (password: string) => send<SignedIn>('POST', '/v1/sessions', { body: { email, password } }),
    onSuccess: entered,
  })
  if (isForgotten) return <Forgotten email={email} back={() => setForgotten(false)} />
  return (
    <Entrance title="Sign in">
      {lost && (
        <p role="status" className="mb-5 rounded-lg border border-line bg-surface px-3 py-2">
          Your session has ended. Sign in to go on where you were: what you have written is still there.
        </p>
      )}
      <Form submit={(typed) => mutate(typed('password'))} error={error} className="grid gap-4">
        <Field
          name="email"
          type="email"
          autoComplete="username"
          required
          autoFocus={email === ''}
          value={email}
          onChange={({ target }) => setEmail(target.value)}
        />
        <Field name="password" type="password" autoComplete="current-password" required autoFocus={email !== ''} />
        <Problem error={error} />
        <div className="flex items-center justify-between">
          <Button type="submit" look="main" isBusy={isPending}>
            Sign in
          </Button>
          <Button look="bare" onClick={() => setForgotten(true)}>
            Forgot your password?
          </Button>
        </div>
      </Form>
    </Entrance>
  )
}
