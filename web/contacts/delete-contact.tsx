import { useMutation } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import type { Contact } from '../../server/contacts/schema.ts'
import type { Conversation } from '../../server/conversations/schema.ts'
import { remove } from '../api.ts'
import { client } from '../client.ts'
import { FormDialog } from '../ui/form-dialog.tsx'
import { useToasts } from '../ui/toasts.tsx'
import { nameOf } from './name.ts'

interface Given {
  contact: Contact
  conversations: Conversation[]
  isOpen: boolean
  close(): void
}

export const DeleteContact = ({ contact, conversations, isOpen, close }: Given) => {
  const [, go] = useLocation()
  const { say } = useToasts()
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => remove(`/contacts/${contact.id}`),
    onSuccess: () => {
      go('/contacts')
      say('Deleted.')
      void client.invalidateQueries({ queryKey: ['customers'] })
      void client.invalidateQueries({ queryKey: ['conversations'] })
      void client.invalidateQueries({ queryKey: ['counts'] })
    },
  })
  const count = conversations.length
  return (
    <FormDialog
      title="Delete this contact?"
      action="Delete for good"
      look="danger"
      submit={() => mutate()}
      {...{ isOpen, close, error, isPending }}
    >
      <p>
        <bdi className="font-medium">{nameOf(contact)}</bdi> goes, with{' '}
        {count === 1 ? '1 conversation' : `${count} conversations`} and every message, mail and file in{' '}
        {count === 1 ? 'it' : 'them'}. It cannot be undone.
      </p>
    </FormDialog>
  )
}
