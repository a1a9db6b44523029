import type { ReactNode } from 'react'
import { reasonOf } from '../api.ts'
import { Button } from './button.tsx'

/** What went wrong, said once, aloud. Nothing that was typed is lost by it. */
export const Problem = ({ error, children }: { error: unknown; children?: ReactNode }) =>
  error === null || error === undefined ? null : (
    <p role="alert" className="rounded-lg bg-danger-soft px-3 py-2 text-danger">
      {children}
      {reasonOf(error)}
    </p>
  )

/** In the place of something that could not be loaded. */
export const NotLoaded = ({ error, again }: { error: unknown; again(): unknown }) => (
  <div role="alert" className="grid justify-items-center gap-3 p-8 text-center text-muted">
    <p>{reasonOf(error)}</p>
    <Button onClick={() => void again()}>Try again</Button>
  </div>
)
