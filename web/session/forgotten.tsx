import { useMutation } from '@tanstack/react-query'
import { send } from '../api.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { Form } from '../ui/form.tsx'
import { Problem } from '../ui/problem.tsx'
import { Entrance } from './entrance.tsx'

export const Forgotten = ({ email, back }: { email: string; back(): void }) => {
  const { mutate, error, isPending, isSuccess } = useMutation({
    mutationFn: (of: string) => send('POST', '/v1/password-resets', { body: { email: of } }),
  })
  return (
    <Entrance title="Choose another password">
      {isSuccess ? (
        <p role="status" className="mb-4">
          If somebody signs in with this address, a link is on its way to it. It works for an hour. Where no mail is set
          up, whoever runs the server makes one with <code className="font-mono text-sm">agents invite</code>.
        </p>
      ) : (
        <Form id="forgotten" submit={(typed) => mutate(typed('email'))} error={error} className="mb-4 grid gap-4">
          <Field name="email" type="email" autoComplete="username" required autoFocus defaultValue={email} />
          <Problem error={error} />
        </Form>
      )}
      <div className="flex items-center justify-between">
        {!isSuccess && (
          <Button type="submit" form="forgotten" look="main" isBusy={isPending}>
            Send me a link
          </Button>
        )}
        <Button look="bare" onClick={back}>
          Back to sign in
        </Button>
      </div>
    </Entrance>
  )
}
