import type { ReactNode } from 'react'
import { Button } from '../ui/button.tsx'
import { Form, type Typed } from '../ui/form.tsx'
import { Problem } from '../ui/problem.tsx'

interface Given {
  /** What the button says. */
  action?: string
  error: unknown
  isPending: boolean
  submit(typed: Typed, form: HTMLFormElement): void
  children: ReactNode
}

/** A form of a page of settings, which stays where it is when it is saved. */
export const SaveForm = ({ action = 'Save', error, isPending, submit, children }: Given) => (
  <Form {...{ submit, error }} className="grid max-w-sm gap-4">
    {children}
    <Problem error={error} />
    <Button type="submit" isBusy={isPending} className="justify-self-start">
      {action}
    </Button>
  </Form>
)
