import { useMutation } from '@tanstack/react-query'
import type { Contact, ContactChanges } from '../../server/contacts/schema.ts'
import { patch } from '../api.ts'
import { client } from '../client.ts'
import type { Typed } from '../ui/form.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { Field } from '../ui/field.tsx'

interface Given {
  contact: Contact
  isOpen: boolean
  close(): void
}

/** Only what was changed is sent, so that two who edit at once lose nothing of each other. */
const changesIn = (typed: Typed, contact: Contact): ContactChanges => {
  const [name, email, phone, avatarUrl] = [
    typed('name'),
    typed('email'),
    typed('phone') || null,
    typed('avatarUrl') || null,
  ]
  return {
    ...(name === contact.name ? {} : { name }),
    ...(email === contact.email ? {} : { email }),
    ...(phone === contact.phone ? {} : { phone }),
    ...(avatarUrl === contact.avatarUrl ? {} : { avatarUrl }),
  }
}

export const EditContact = ({ contact, isOpen, close }: Given) => {
  const { mutate, error, isPending } = useMutation({
    mutationFn: (changes: ContactChanges) => patch<{ contact: Contact }>(`/contacts/${contact.id}`, changes),
    onSuccess: ({ contact: changed }) => {
      client.setQueryData(['contact', contact.id], changed)
      void client.invalidateQueries({ queryKey: ['customers'] })
      close()
    },
  })
  const submit = (typed: Typed) => {
    const changes = changesIn(typed, contact)
    if (Object.keys(changes).length === 0) close()
    else mutate(changes)
  }
  return (
    <FormDialog title="Edit contact" action="Save" {...{ isOpen, close, submit, error, isPending }}>
      <Field name="name" required defaultValue={contact.name} dir="auto" />
      <Field name="email" type="email" required defaultValue={contact.email} />
      <Field name="phone" type="tel" defaultValue={contact.phone ?? ''} />
      <Field name="avatarUrl" type="url" placeholder="https://…" defaultValue={contact.avatarUrl ?? ''} />
    </FormDialog>
  )
}
