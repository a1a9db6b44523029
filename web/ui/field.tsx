import { use, useId, type ComponentProps, type ReactNode } from 'react'
import { fieldNames, type FieldName } from './field-names.ts'
import { Wrong } from './form.tsx'

export const inputClass =
  'w-full rounded-lg border border-line bg-surface px-3 py-1.5 text-ink focus-visible:outline-offset-0 disabled:opacity-60 aria-invalid:border-danger'

interface Labelled {
  id: string
  label: string
  hint?: ReactNode
  wrong?: string | undefined
  children: ReactNode
}

/** A control with its label before it, and what is to be known, or is wrong, below. */
export const Labelled = ({ id, label, hint, wrong, children }: Labelled) => (
  <div className="grid gap-1">
    <label id={`${id}-label`} htmlFor={id} className="font-medium">
      {label}
    </label>
    {children}
    {wrong && (
      <p id={`${id}-wrong`} role="alert" className="text-sm text-danger">
        {wrong}
      </p>
    )}
    {hint !== undefined && (
      <p id={`${id}-hint`} className="text-sm text-muted">
        {hint}
      </p>
    )}
  </div>
)

const describedBy = (id: string, { hint, wrong }: Pick<Labelled, 'hint' | 'wrong'>) => {
  const ids = [...(wrong ? [`${id}-wrong`] : []), ...(hint === undefined ? [] : [`${id}-hint`])]
  return { 'aria-describedby': ids.join(' ') || undefined, 'aria-invalid': wrong === undefined ? undefined : true }
}

type Given = Omit<ComponentProps<'input'>, 'name'> & Named

/** A field of the API has its name on the page; what is none has a label of its own. */
export type Named = { hint?: ReactNode } & ({ name: FieldName; label?: string } | { name?: string; label: string })

export const labelOf = ({ name, label }: Named): string => label ?? fieldNames[name as FieldName]

/** The server's grammar is the one that counts: a browser refuses addresses in other scripts, and takes some that are none. */
const plain = { type: 'text', autoCapitalize: 'none', spellCheck: false } as const
const types: Record<string, object> = {
  email: { ...plain, inputMode: 'email' },
  url: { ...plain, inputMode: 'url' },
}

/** A labelled input. */
export const Field = ({ label, hint, type, ...rest }: Given) => {
  const id = useId()
  const wrong = use(Wrong).get(rest.name ?? '')
  return (
    <Labelled {...{ id, hint, wrong }} label={labelOf({ ...rest, label } as Named)}>
      <input
        id={id}
        className={inputClass}
        {...describedBy(id, { hint, wrong })}
        {...(types[type ?? ''] ?? { type })}
        {...rest}
      />
    </Labelled>
  )
}

export const Area = ({ label, hint, ...rest }: Omit<ComponentProps<'textarea'>, 'name'> & Named) => {
  const id = useId()
  const wrong = use(Wrong).get(rest.name ?? '')
  return (
    <Labelled {...{ id, hint, wrong }} label={labelOf({ ...rest, label } as Named)}>
      <textarea id={id} rows={6} dir="auto" className={inputClass} {...describedBy(id, { hint, wrong })} {...rest} />
    </Labelled>
  )
}

interface Ticked {
  label: ReactNode
  checked: boolean
  disabled?: boolean
  change(checked: boolean): void
}

export const Tick = ({ label, checked, disabled = false, change }: Ticked) => (
  <label className="flex min-h-6 items-center gap-2">
    <input
      type="checkbox"
      className="size-4"
      {...{ checked, disabled }}
      onChange={({ target }) => change(target.checked)}
    />
    {label}
  </label>
)
