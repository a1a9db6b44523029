import { useMutation } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import type { Contact } from '../../server/contacts/schema.ts'
import { post } from '../api.ts'
import { client } from '../client.ts'
import { Field } from '../ui/field.tsx'
import type { Typed } from '../ui/form.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'

export const NewContact = ({ isOpen, close }: { isOpen: boolean; close(): void }) => {
  const [, go] = useLocation()
  const { mutate, error, isPending } = useMutation({
    mutationFn: (body: Record<string, string>) => post<{ contact: Contact }>('/contacts', body),
    onSuccess: ({ contact }) => {
      void client.invalidateQueries({ queryKey: ['customers'] })
      close()
      go(`/contacts/${contact.id}`)
    },
  })
  const submit = (typed: Typed) => {
    const given = ['email', 'name', 'phone'].map((name) => [name, typed(name)])
    mutate(Object.fromEntries(given.filter(([, value]) => value !== '')))
  }
  return (
    <FormDialog title="New contact" action="Create" {...{ isOpen, close, submit, error, isPending }}>
      <Field label="Email" name="email" type="email" required hint="Whoever has this address already is opened." />
      <Field label="Name" name="name" dir="auto" />
      <Field label="Phone" name="phone" type="tel" />
    </FormDialog>
  )
}
