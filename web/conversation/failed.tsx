import { useMutation } from '@tanstack/react-query'
import type { Message } from '../../server/messages/schema.ts'
import { Button } from '../ui/button.tsx'
import { Problem } from '../ui/problem.tsx'
import { tryAgain } from './messages.ts'

interface Given {
  conversationId: string
  message: Message
  edit(message: Message): void
}

/** Why a reply was not delivered, and what can be done about it. */
export const Failed = ({ conversationId, message, edit }: Given) => {
  const { mutate, isPending, error } = useMutation({ mutationFn: () => tryAgain(conversationId, message) })
  return (
    <div className="mt-2 rounded-lg bg-danger-soft px-3 py-1.5 text-danger">
      <p>Not delivered: {message.failureReason ?? 'the mail server gave no reason.'}</p>
      <div className="mt-1 flex gap-2 print:hidden">
        <Button disabled={isPending} onClick={() => mutate()}>
          {isPending ? 'Sending…' : 'Try again'}
        </Button>
        <Button disabled={isPending} onClick={() => edit(message)}>
          Edit
        </Button>
      </div>
      <Problem error={error}>Not sent: </Problem>
    </div>
  )
}
