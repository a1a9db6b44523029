import { useMutation } from '@tanstack/react-query'
import { client } from '../client.ts'
import { useMe } from '../session/session.ts'
import { Field } from '../ui/field.tsx'
import { useToasts } from '../ui/toasts.tsx'
import { changeWorkspace } from '../setup/queries.ts'
import { SaveForm } from './save-form.tsx'

export const WorkspaceSettings = () => {
  const { workspace } = useMe()
  const { say } = useToasts()
  const { mutate, error, isPending } = useMutation({
    mutationFn: (name: string) => changeWorkspace({ name }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['session'] })
      say('Saved.')
    },
  })
  return (
    <SaveForm submit={(typed) => mutate(typed('name'))} {...{ error, isPending }}>
      <Field
        name="name"
        required
        defaultValue={workspace.name}
        hint="Your team sees it. Customers see the names of the channels."
        dir="auto"
      />
    </SaveForm>
  )
}
