import { useMutation } from '@tanstack/react-query'
import { useRef } from 'react'
import { useLocation } from 'wouter'
import type { Contact } from '../../server/contacts/schema.ts'
import { Failure, newOnce, post } from '../api.ts'
import { Area, Field } from '../ui/field.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { nameOf } from '../contacts/name.ts'

interface Given {
  contact: Contact
  isOpen: boolean
  close(): void
}

/** Writing to a customer first. */
export const StartConversation = ({ contact, isOpen, close }: Given) => {
  const [, go] = useLocation()
  const once = useRef('')
  const { mutate, error, isPending } = useMutation({
    mutationFn: (written: { subject: string; contentText: string }) =>
      post<{ conversation: { id: string } }>(
        '/conversations',
        { email: contact.email, ...written },
        (once.current ||= newOnce()),
      ),
    onSuccess: ({ conversation }) => {
      close()
      go(`/inbox/open/${conversation.id}`)
    },
    onError: (failure) => {
      // what was refused is another request when it comes again; what may have arrived is the same
      if (!(failure instanceof Failure && failure.isPassing)) once.current = ''
    },
  })
  return (
    <FormDialog
      title={`Write to ${nameOf(contact)}`}
      action="Send"
      submit={(typed) => mutate({ subject: typed('subject'), contentText: typed('contentText') })}
      {...{ isOpen, close, error, isPending }}
    >
      <Field name="subject" required dir="auto" />
      <Area label="Message" name="contentText" required />
    </FormDialog>
  )
}
