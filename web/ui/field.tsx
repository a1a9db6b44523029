import { useId, type ComponentProps, type ReactNode } from 'react'

const inputClass =
  'w-full rounded-lg border border-line bg-surface px-3 py-1.5 text-ink focus-visible:outline-offset-0 disabled:opacity-60'

interface Labelled {
  id: string
  label: string
  children: ReactNode
}

const Labelled = ({ id, label, children }: Labelled) => (
  <div className="grid gap-1">
    <label htmlFor={id} className="font-medium">
      {label}
    </label>
    {children}
  </div>
)

type Given = ComponentProps<'input'> & { label: string; hint?: ReactNode }

/** The server's grammar is the one that counts: a browser refuses addresses in other scripts, and takes some that are none. */
const emailInput = { type: 'text', inputMode: 'email', autoCapitalize: 'none', spellCheck: false } as const

/** A labelled input. */
export const Field = ({ label, hint, type, ...rest }: Given) => {
  const id = useId()
  return (
    <Labelled id={id} label={label}>
      <input
        id={id}
        className={inputClass}
        {...(hint === undefined ? {} : { 'aria-describedby': `${id}-hint` })}
        {...(type === 'email' ? emailInput : { type })}
        {...rest}
      />
      {hint !== undefined && (
        <p id={`${id}-hint`} className="text-sm text-muted">
          {hint}
        </p>
      )}
    </Labelled>
  )
}

export const Area = ({ label, ...rest }: ComponentProps<'textarea'> & { label: string }) => {
  const id = useId()
  return (
    <Labelled id={id} label={label}>
      <textarea id={id} rows={6} dir="auto" className={inputClass} {...rest} />
    </Labelled>
  )
}

type Choice = ComponentProps<'select'> & { label: string; options: readonly (readonly [value: string, text: string])[] }

export const Select = ({ label, options, ...rest }: Choice) => {
  const id = useId()
  return (
    <Labelled id={id} label={label}>
      <select id={id} className={`${inputClass} h-[2.15rem]`} {...rest}>
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </Labelled>
  )
}
