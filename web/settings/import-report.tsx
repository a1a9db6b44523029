import type { Import } from '../../server/imports/schema.ts'
import { Progress } from '../ui/progress.tsx'
import { Time } from '../ui/time.tsx'
import { ReviewColumns } from './review-columns.tsx'

const states = {
  REVIEW: 'To be checked',
  WAITING: 'Waiting',
  RUNNING: 'Running',
  DONE: 'Done',
  FAILED: 'Stopped',
} as const

/** How far an import is, or what came of it. */
export const ImportReport = ({ of }: { of: Import }) => {
  const { id, name, status, reason, createdAt, bytesRead, bytes, unusedColumns, columns } = of
  return (
    <li className="grid gap-2 rounded-xl border border-line px-4 py-3">
      <p className="flex justify-between gap-3">
        <bdi className="truncate font-medium">{name}</bdi>
        <span className={`text-sm whitespace-nowrap ${status === 'FAILED' ? 'text-danger' : 'text-muted'}`}>
          <span role="status">{states[status]}</span>, <Time at={createdAt} />
        </span>
      </p>
      {status === 'RUNNING' && <Progress label={`Import of ${name}`} value={bytesRead} max={bytes} />}
      {columns && <ReviewColumns id={id} columns={columns} />}
      {status !== 'WAITING' && status !== 'REVIEW' && <Numbers of={of} />}
      {reason !== null && <p className={`text-sm ${status === 'FAILED' ? 'text-danger' : 'text-muted'}`}>{reason}</p>}
      {unusedColumns.length > 0 && (
        <p className="text-sm text-muted">
          Columns that were not used: <bdi>{unusedColumns.join(', ')}</bdi>.
        </p>
      )}
      <Problems of={of} />
    </li>
  )
}

const leftOutTexts: Record<keyof Import['leftOut'], string> = {
  deleted: 'deleted',
  draft: 'drafts',
  spam: 'spam',
  trash: 'in the trash',
  chat: 'chats',
}

const Numbers = ({ of }: { of: Import }) => {
  const { kind, read, stored, alreadyThere, failed, leftOut, updated, contacts, conversations } = of
  const reasons = Object.entries(leftOutTexts).filter(([reason]) => leftOut[reason as keyof typeof leftOut] > 0)
  const counts = reasons.map(([reason, text]) => `${leftOut[reason as keyof typeof leftOut].toLocaleString()} ${text}`)
  return (
    <p className="text-sm tabular-nums">
      {read.toLocaleString()} read, {stored.toLocaleString()} stored, {alreadyThere.toLocaleString()} already there,{' '}
      {failed.toLocaleString()} failed. {counts.length > 0 && `Left out: ${counts.join(', ')}. `}
      {updated > 0 && `Filled in: ${updated.toLocaleString()}. `}New contacts: {contacts.toLocaleString()}
      {kind !== 'CSV' && `, new conversations: ${conversations.toLocaleString()}`}.
    </p>
  )
}

const Problems = ({ of: { kind, status, failed, problems } }: { of: Import }) => {
  if (problems.length === 0) return null
  return (
    <details className="text-sm">
      <summary className="w-fit text-muted">{failed > 0 ? 'What went wrong' : 'Notes'}</summary>
      <ul className="mt-1 list-disc ps-5">
        {problems.map(({ where, why }) => (
          <li key={where}>
            <bdi>{where}</bdi>: <bdi>{why}</bdi>
          </li>
        ))}
      </ul>
      {failed > problems.length && <p className="mt-1">And {(failed - problems.length).toLocaleString()} more.</p>}
      {status !== 'RUNNING' && failed > 0 && (
        <p className="mt-1 text-muted">
          {kind === 'CSV'
            ? 'Mend these rows and import the file again: only what is new is stored.'
            : 'Everything else is here. Mend what is named in the file and import it again: only what is new is stored.'}
        </p>
      )}
    </details>
  )
}
