import { useMutation, useQuery } from '@tanstack/react-query'
import { useState, type ChangeEvent } from 'react'
import { get, inboxUrl, query, send } from '../api.ts'
import { sizeOf } from '../conversation/attachments.tsx'
import type { Page } from '../pages.ts'
import { buttonClass } from '../ui/button.tsx'
import { NotLoaded, Problem } from '../ui/problem.tsx'
import { Time } from '../ui/time.tsx'
import { changed } from './list.ts'

interface Import {
  id: string
  name: string
  status: 'RUNNING' | 'DONE' | 'FAILED'
  read: number
  stored: number
  copies: number
  failed: number
  total: number | null
  problems: string[]
  createdAt: string
}

const states = { RUNNING: 'Running', DONE: 'Done', FAILED: 'Stopped' } as const

/** A file of mails or contacts; nothing is stored twice, so that it may be repeated. */
export const Imports = () => {
  const [file, setFile] = useState<File>()
  const { data, error, refetch } = useQuery({
    queryKey: ['imports'],
    queryFn: async ({ signal }) => (await get<{ imports: Page<Import> }>('/imports', signal)).imports.items,
    refetchInterval: ({ state }) => (state.data?.some(({ status }) => status === 'RUNNING') ? 700 : false),
  })
  const upload = useMutation({
    mutationFn: (chosen: File) => send('POST', inboxUrl(`/imports${query({ name: chosen.name })}`), { body: chosen }),
    onSettled: () => changed('imports'),
  })
  const choose = ({ target }: ChangeEvent<HTMLInputElement>) => {
    const [chosen] = target.files ?? []
    if (!chosen) return
    setFile(chosen)
    upload.mutate(chosen)
    target.value = ''
  }
  return (
    <>
      <p className="mb-4 text-muted">
        Mails as mbox or .eml, contacts as CSV. A file may be imported again: what is here already is not stored twice,
        and no customer is written to.
      </p>
      <label className={buttonClass('main', 'mb-5 has-focus-visible:outline-2 has-focus-visible:outline-accent')}>
        <input
          type="file"
          className="sr-only"
          accept=".mbox,.mbx,.eml,.csv"
          onChange={choose}
          disabled={upload.isPending}
        />
        Choose a file
      </label>
      {upload.isPending && file && (
        <p role="status" className="mb-4">
          Sending {file.name} ({sizeOf(file.size)})…
        </p>
      )}
      <div className="mb-4">
        <Problem error={upload.error} />
      </div>
      {error && !data && <NotLoaded error={error} again={refetch} />}
      <ul aria-label="Imports" className="grid gap-3">
        {data?.map((each) => (
          <Report key={each.id} of={each} />
        ))}
      </ul>
    </>
  )
}

const Report = ({ of: { name, status, read, stored, copies, failed, total, problems, createdAt } }: { of: Import }) => (
  <li className="grid gap-2 rounded-xl border border-line px-4 py-3">
    <p className="flex justify-between gap-3">
      <bdi className="truncate font-medium">{name}</bdi>
      <span className={`text-sm whitespace-nowrap ${status === 'FAILED' ? 'text-danger' : 'text-muted'}`}>
        {states[status]}, <Time at={createdAt} />
      </span>
    </p>
    {status === 'RUNNING' && (
      <progress
        aria-label={`Import of ${name}`}
        className="h-1.5 w-full"
        {...(total ? { value: read, max: total } : {})}
      />
    )}
    <p role={status === 'RUNNING' ? 'status' : undefined} className="text-sm tabular-nums">
      {read.toLocaleString()} read, {stored.toLocaleString()} stored, {copies.toLocaleString()} already there,{' '}
      {failed.toLocaleString()} failed.
    </p>
    {problems.length > 0 && (
      <details className="text-sm">
        <summary className="w-fit text-muted">What failed</summary>
        <ul className="mt-1 list-disc ps-5">
          {problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      </details>
    )}
  </li>
)
