import type { ReactNode } from 'react'

/** Where nothing is: says so, and what to do next. */
export const Empty = ({ title, children }: { title: string; children?: ReactNode }) => (
  <div className="grid h-full content-center justify-items-center gap-1 p-8 text-center">
    <p className="text-lg font-medium">{title}</p>
    <div className="max-w-80 text-muted">{children}</div>
  </div>
)
