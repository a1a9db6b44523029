import type { ReactNode } from 'react'

/** One thing of a list of settings. */
export const Card = ({
  title,
  note,
  actions,
  children,
}: {
  title: ReactNode
  note?: ReactNode
  actions?: ReactNode
  children?: ReactNode
}) => (
  <li className="px-4 py-3">
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <div className="me-auto min-w-0">
        <p dir="auto" className="truncate font-medium">
          {title}
        </p>
        {note !== undefined && <p className="truncate text-sm text-muted">{note}</p>}
      </div>
      {actions}
    </div>
    {children}
  </li>
)

export const Cards = ({ label, children }: { label: string; children: ReactNode }) => (
  <ul aria-label={label} className="mb-5 divide-y divide-line rounded-xl border border-line">
    {children}
  </ul>
)
