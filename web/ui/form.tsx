import type { ComponentProps, SubmitEvent } from 'react'

/** What was typed into the field of this name; spaces around it count in passwords only. */
export type Typed = (name: string) => string

type Given = Omit<ComponentProps<'form'>, 'onSubmit'> & { submit(typed: Typed, form: HTMLFormElement): void }

export const Form = ({ submit, ...rest }: Given) => {
  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    submit((name) => {
      const field = form.elements.namedItem(name)
      if (field instanceof HTMLInputElement) return field.type === 'password' ? field.value : field.value.trim()
      return field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement ? field.value.trim() : ''
    }, form)
  }
  return <form onSubmit={onSubmit} {...rest} />
}
