import type { ReactNode } from 'react'
import { Button, type Look } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Form, type Typed } from './form.tsx'
import { Problem } from './problem.tsx'

interface Given {
  title: string
  /** What the button says. */
  action: string
  look?: Look
  isOpen: boolean
  isPending: boolean
  error: unknown
  close(): void
  submit(typed: Typed): void
  children: ReactNode
}

export const FormDialog = ({
  title,
  action,
  look = 'main',
  isOpen,
  isPending,
  error,
  close,
  submit,
  children,
}: Given) => (
  <Dialog title={title} isOpen={isOpen} close={close}>
    <Form className="scroll-pane grid gap-4 p-5" {...{ submit, error }}>
      {children}
      <Problem error={error} />
      <div className="flex justify-end gap-2">
        <Button onClick={close}>Cancel</Button>
        <Button type="submit" look={look} isBusy={isPending}>
          {action}
        </Button>
      </div>
    </Form>
  </Dialog>
)
