import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { Contact, ContactChanges } from '../../server/contacts/schema.ts'
import { patch, versionAt } from '../api.ts'
import { client } from '../client.ts'
import { Conflict, isConflict } from '../ui/conflict.tsx'
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

const labels = { name: 'Name', email: 'Email', phone: 'Phone', avatarUrl: 'Portrait' }

export const EditContact = ({ contact, isOpen, close }: Given) => {
  const path = `/contacts/${contact.id}`
  // as it was when the dialog was opened: what others change meanwhile is neither overwritten nor taken for typed
  const [base, setBase] = useState({ contact, version: versionAt(path) })
  const [wasOpen, setWasOpen] = useState(isOpen)
  const { mutate, error, variables, isPending, reset } = useMutation({
    mutationFn: (changes: ContactChanges) => patch<{ contact: Contact }>(path, changes, base.version),
    onSuccess: ({ contact: changed }) => {
      client.setQueryData(['contact', contact.id], changed)
      void client.invalidateQueries({ queryKey: ['customers'] })
      close()
    },
    onError: (failure) => {
      if (isConflict(failure)) setBase({ ...base, version: failure.version })
    },
  })
  if (isOpen !== wasOpen) {
    setWasOpen(isOpen)
    setBase({ contact, version: versionAt(path) })
    reset()
  }
  const submit = (typed: Typed) => {
    const changes = changesIn(typed, base.contact)
    if (Object.keys(changes).length === 0) close()
    else mutate(changes)
  }
  const problem = isConflict(error) ? null : error
  return (
    <FormDialog title="Edit contact" action="Save" error={problem} {...{ isOpen, close, submit, isPending }}>
      <Field name="name" required defaultValue={contact.name} dir="auto" />
      <Field name="email" type="email" required defaultValue={contact.email} />
      <Field name="phone" type="tel" defaultValue={contact.phone ?? ''} />
      <Field name="avatarUrl" type="url" placeholder="https://…" defaultValue={contact.avatarUrl ?? ''} />
      <Conflict error={error} current="contact" mine={variables ?? {}} labels={labels} />
    </FormDialog>
  )
}
