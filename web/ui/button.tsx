import type { ComponentProps } from 'react'
import { Spinner } from './spinner.tsx'

const looks = {
  main: 'bg-accent text-on-accent hover:bg-accent-hover border-transparent font-medium',
  note: 'bg-note-strong text-on-accent hover:opacity-90 border-transparent font-medium',
  plain: 'bg-surface hover:bg-hover border-line',
  bare: 'border-transparent text-muted hover:bg-hover hover:text-ink',
  danger: 'border-line bg-surface text-danger hover:bg-danger-soft',
} as const

export type Look = keyof typeof looks

type Given = ComponentProps<'button'> & {
  look?: Look
  /** What it began is under way: it shows so, and cannot begin it again. */
  isBusy?: boolean
}

export const buttonClass = (look: Look = 'plain', more = ''): string =>
  `inline-flex h-8 shrink-0 items-center justify-center gap-1.5 rounded-lg border px-3 whitespace-nowrap transition-colors disabled:opacity-50 ${looks[look]} ${more}`

export const Button = ({
  look = 'plain',
  className = '',
  type = 'button',
  isBusy = false,
  disabled,
  children,
  ...rest
}: Given) => (
  <button
    type={type}
    className={buttonClass(look, className)}
    disabled={disabled || isBusy}
    aria-busy={isBusy || undefined}
    {...rest}
  >
    {isBusy && <Spinner />}
    {children}
  </button>
)
