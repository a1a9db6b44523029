import { createContext, useEffect, useRef, useState, type ComponentProps, type SubmitEvent } from 'react'
import { Failure } from '../api.ts'
import { fieldIn } from './field-names.ts'

/** What was typed into the field of this name; spaces around it count in passwords only. */
export type Typed = (name: string) => string

type Control = HTMLInputElement | HTMLTextAreaElement

/** What is wrong with the fields of the form around, by their names: a sentence, or nothing where another place says it. */
export const Wrong = createContext<ReadonlyMap<string, string>>(new Map())

type Given = Omit<ComponentProps<'form'>, 'onSubmit'> & {
  submit(typed: Typed, form: HTMLFormElement): void
  /** What the server refused: the field that it names is marked. */
  error?: unknown
}

/** The page's own sentences in the place of the browser's bubbles. An input is called as the API calls its field. */
export const Form = ({ submit, error, children, ...rest }: Given) => {
  const form = useRef<HTMLFormElement>(null)
  const [wrong, setWrong] = useState<ReadonlyMap<string, string>>(new Map())
  const mark = (found: ReadonlyMap<string, string>) => {
    setWrong(found)
    const [first] = found.keys()
    if (first !== undefined) controlIn(form.current!, first)?.focus()
  }
  useEffect(() => {
    const name = refusedIn(error)
    if (name !== undefined && controlIn(form.current!, name)) mark(new Map([[name, '']]))
  }, [error])
  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const found = problemsIn(event.currentTarget)
    mark(found)
    if (found.size === 0) submit((name) => typedInto(controlIn(form.current!, name)), form.current!)
  }
  return (
    <form ref={form} noValidate onSubmit={onSubmit} {...rest}>
      <Wrong value={wrong}>{children}</Wrong>
    </form>
  )
}

const controlIn = (form: HTMLFormElement, name: string): Control | undefined => {
  const found = form.elements.namedItem(name)
  return found instanceof HTMLInputElement || found instanceof HTMLTextAreaElement ? found : undefined
}

const typedInto = (control: Control | undefined): string =>
  control?.type === 'password' ? control.value : (control?.value.trim() ?? '')

const labelOf = ({ labels, name }: Control): string => labels?.[0]?.textContent ?? name

const problemsIn = (form: HTMLFormElement): Map<string, string> => {
  const found = new Map<string, string>()
  for (const control of form.elements) {
    if (!(control instanceof HTMLInputElement || control instanceof HTMLTextAreaElement) || control.name === '')
      continue
    const typed = typedInto(control)
    if (control.required && typed === '') found.set(control.name, `${labelOf(control)} is needed.`)
    else if (typed.length < control.minLength)
      found.set(control.name, `${labelOf(control)} must have at least ${control.minLength} characters.`)
  }
  return found
}

/** Errors that are about one field, whatever their sentences begin with. */
const fieldOf: Record<string, string> = {
  invalid_email: 'email',
  email_taken: 'email',
  agent_email_taken: 'email',
  channel_email_taken: 'email',
  domain_not_allowed: 'email',
  mailbox_not_proven: 'smtpUrl',
  agent_name_taken: 'name',
  shortcut_taken: 'shortcut',
  wrong_password: 'currentPassword',
}

const refusedIn = (error: unknown): string | undefined =>
  error instanceof Failure ? (fieldOf[error.code] ?? fieldIn(error.sentence)) : undefined
