import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { SignedIn } from '../../server/sessions/schema.ts'
import { send } from '../api.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { Form } from '../ui/form.tsx'
import { Problem } from '../ui/problem.tsx'
import { Entrance } from './entrance.tsx'
import { Forgotten } from './forgotten.tsx'
import { entered } from './session.ts'

export const SignIn = () => {
  const [isForgotten, setForgotten] = useState(false)
  const [email, setEmail] = useState('')
  const { mutate, error, isPending } = useMutation({
    mutationFn: (password: string) => send<SignedIn>('POST', '/v1/sessions', { body: { email, password } }),
    onSuccess: entered,
  })
  if (isForgotten) return <Forgotten email={email} back={() => setForgotten(false)} />
  return (
    <Entrance title="Sign in">
      <Form submit={(typed) => mutate(typed('password'))} className="grid gap-4">
        <Field
          label="Email"
          type="email"
          autoComplete="username"
          required
          autoFocus
          value={email}
          onChange={({ target }) => setEmail(target.value)}
        />
        <Field label="Password" name="password" type="password" autoComplete="current-password" required />
        <Problem error={error} />
        <div className="flex items-center justify-between">
          <Button type="submit" look="main" disabled={isPending}>
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
