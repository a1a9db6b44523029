import { useMutation } from '@tanstack/react-query'
import { client } from '../client.ts'
import { useMe } from '../session/session.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { Form } from '../ui/form.tsx'
import { Problem } from '../ui/problem.tsx'
import { useToasts } from '../ui/toasts.tsx'
import { changeWorkspace } from '../setup/queries.ts'

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
    <Form submit={(typed) => mutate(typed('name'))} error={error} className="grid max-w-sm gap-4">
      <Field
        name="name"
        required
        defaultValue={workspace.name}
        hint="Your team sees it. Customers see the names of the channels."
        dir="auto"
      />
      <Problem error={error} />
      <Button type="submit" isBusy={isPending} className="justify-self-start">
        Save
      </Button>
    </Form>
  )
}
