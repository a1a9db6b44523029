import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import type { Contact, ContactChanges } from '../../server/contacts/schema.ts'
import { answerOf, inboxUrl, patch } from '../api.ts'
import { client } from '../client.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import type { Typed } from '../ui/form.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { Problem } from '../ui/problem.tsx'
import { nameOf } from './name.ts'

interface Known {
  contact: Contact
  /** What was typed that the contact does not have. */
  changes: ContactChanges
}

export const NewContact = ({ isOpen, close }: { isOpen: boolean; close(): void }) => {
  const [, go] = useLocation()
  const [known, setKnown] = useState<Known>()
  const open = ({ id }: Contact) => {
    setKnown(undefined)
    close()
    go(`/contacts/${id}`)
  }
  const { mutate, error, isPending } = useMutation({
    mutationFn: (body: Record<string, string>) =>
      answerOf<{ contact: Contact }>('POST', inboxUrl('/contacts'), { body }),
    onSuccess: ({ status, content: { contact } }, { name, phone }) => {
      void client.invalidateQueries({ queryKey: ['customers'] })
      if (status === 201) return open(contact)
      const changes = {
        ...(name === undefined || name === contact.name ? {} : { name }),
        ...(phone === undefined || phone === contact.phone ? {} : { phone }),
      }
      return setKnown({ contact, changes })
    },
  })
  const submit = (typed: Typed) => {
    const given = ['email', 'name', 'phone'].map((name) => [name, typed(name)])
    mutate(Object.fromEntries(given.filter(([, value]) => value !== '')))
  }
  if (known && isOpen)
    return (
      <AlreadyThere
        {...known}
        open={open}
        close={() => {
          setKnown(undefined)
          close()
        }}
      />
    )
  return (
    <FormDialog title="New contact" action="Create" {...{ isOpen, close, submit, error, isPending }}>
      <Field name="email" type="email" required />
      <Field name="name" dir="auto" />
      <Field name="phone" type="tel" />
    </FormDialog>
  )
}

/** Somebody has the address: says who, and takes over what was typed if that is wanted. */
const AlreadyThere = ({ contact, changes, open, close }: Known & { open(contact: Contact): void; close(): void }) => {
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => patch<{ contact: Contact }>(`/contacts/${contact.id}`, changes),
    onSuccess: ({ contact: changed }) => {
      client.setQueryData(['contact', contact.id], changed)
      void client.invalidateQueries({ queryKey: ['customers'] })
      open(changed)
    },
  })
  const hasChanges = Object.keys(changes).length > 0
  return (
    <Dialog title="This contact is here already" isOpen close={close}>
      <div className="grid gap-4 p-5">
        <p>
          <bdi>{contact.email}</bdi> belongs to <bdi className="font-medium">{nameOf(contact)}</bdi>
          {contact.phone !== null && (
            <>
              , <bdi>{contact.phone}</bdi>
            </>
          )}
          . Nothing was changed.
        </p>
        <Problem error={error} />
        <div className="flex flex-wrap justify-end gap-2">
          {hasChanges && (
            <Button isBusy={isPending} onClick={() => mutate()}>
              Change to {[changes.name, changes.phone].filter((text) => text !== undefined).join(', ')}
            </Button>
          )}
          <Button look="main" onClick={() => open(contact)}>
            Open the contact
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
