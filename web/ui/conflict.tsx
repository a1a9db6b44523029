import { Failure } from '../api.ts'

interface Given<T> {
  error: unknown
  /** What there is now, in the body of the refusal. */
  current: string
  mine: Partial<T>
  labels: Partial<Record<keyof T, string>>
}

export const isConflict = (error: unknown): error is Failure =>
  error instanceof Failure && error.code === 'version_conflict'

/** Somebody else has changed it meanwhile: both versions of each field that is about to change, to choose from. */
export const Conflict = <T extends object>({ error, current, mine, labels }: Given<T>) => {
  if (!isConflict(error)) return null
  const theirs = (error.body['current'] as Record<string, T>)[current]!
  const fields = (Object.keys(mine) as (keyof T)[]).filter((name) => labels[name] !== undefined)
  return (
    <div role="alert" className="grid gap-2 rounded-lg bg-danger-soft px-3 py-2">
      <p className="text-danger">Somebody else has changed this while you were editing. Save again to keep yours.</p>
      <dl className="grid gap-2">
        {fields.map((name) => (
          <div key={String(name)}>
            <dt className="font-medium">{labels[name]}</dt>
            <dd dir="auto">
              <span className="text-muted">Theirs: </span>
              {String(theirs[name] ?? '—')}
            </dd>
            <dd dir="auto">
              <span className="text-muted">Yours: </span>
              {String(mine[name] ?? '—')}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
