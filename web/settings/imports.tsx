import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Import } from '../../server/imports/schema.ts'
import { query } from '../api.ts'
import { sizeOf } from '../conversation/attachments.tsx'
import { loadAll } from '../pages.ts'
import { Empty } from '../ui/empty.tsx'
import { Field, Tick } from '../ui/field.tsx'
import { Select } from '../ui/select.tsx'
import { NotLoaded, Problem } from '../ui/problem.tsx'
import { Progress } from '../ui/progress.tsx'
import { useToasts } from '../ui/toasts.tsx'
import { ChooseFile } from './choose-file.tsx'
import { ImportReport } from './import-report.tsx'
import { changed, useSettings } from './list.ts'
import { sendFile } from './send-file.ts'

/** How often it is looked how far they are, milliseconds. */
const interval = 500

const useImports = () =>
  useQuery({
    queryKey: ['imports'],
    queryFn: ({ signal }) => loadAll<Import>('imports', { field: 'imports', signal }),
    refetchInterval: ({ state }) =>
      state.data?.some(({ finishedAt, status }) => finishedAt === null && status !== 'REVIEW') ? interval : false,
  })

/** Files of mails or contacts. Nothing is stored twice, so that each may be repeated. */
export const Imports = () => {
  const { data, error, refetch } = useImports()
  const { say } = useToasts()
  const { data: channels } = useSettings<{ email: string | null }>('channels')
  const [typed, setTyped] = useState<string>()
  const [status, setStatus] = useState('CLOSED')
  const [isAll, setIsAll] = useState(false)
  const [sent, setSent] = useState(0)
  const own = typed ?? channels?.flatMap(({ email }) => email ?? []).join(', ') ?? ''
  const wishesFor = ({ name }: File) =>
    /\.csv$/i.test(name)
      ? { name, review: 'true' }
      : { name, own: own.trim() || undefined, status, include: isAll ? 'spam,trash' : undefined }
  const upload = useMutation({
    mutationFn: (file: File) => sendFile(`/imports${query(wishesFor(file))}`, file, setSent),
    onMutate: () => setSent(0),
    onSettled: () => changed('imports'),
  })
  const { variables: file, isPending } = upload
  const take = ([chosen, ...more]: File[]) => {
    if (isPending || more.length > 0) say('One file at a time: nothing new was sent.')
    else if (chosen) upload.mutate(chosen)
  }
  return (
    <>
      <p className="mb-4 text-muted">
        Mails as mbox, .eml, .emlx or .msg, contacts as CSV. A file may be imported again: what is here already is not
        stored twice, and no customer is written to.
      </p>
      <div className="mb-4 grid gap-4">
        <Field
          name="own"
          value={own}
          onChange={({ target }) => setTyped(target.value)}
          hint="With commas. Mail from one of them went out, to a customer."
        />
        <Select
          label="Imported conversations are"
          value={status}
          choose={setStatus}
          options={[
            ['CLOSED', 'closed'],
            ['OPEN', 'open'],
          ]}
        />
        <Tick label="Import spam and the trash, too" checked={isAll} change={setIsAll} />
        <ChooseFile accept=".mbox,.mbx,.eml,.emlx,.msg,.csv" take={take} />
        {isPending && file && (
          <div className="grid gap-2">
            <p role="status">
              Sending <bdi>{file.name}</bdi>…
            </p>
            <Progress label={`Sending ${file.name}`} value={sent} max={file.size} />
            <p className="text-sm text-muted tabular-nums">
              {sizeOf(sent)} of {sizeOf(file.size)}
            </p>
          </div>
        )}
        <Problem error={upload.error}>Not imported. </Problem>
      </div>
      {error && !data && <NotLoaded error={error} again={refetch} />}
      {data?.length === 0 && !isPending && (
        <Empty title="Nothing was imported yet">Choose a file of the inbox that you had before.</Empty>
      )}
      {data && data.length > 0 && (
        <ul aria-label="Imports" className="grid gap-3">
          {data.map((each) => (
            <ImportReport key={each.id} of={each} />
          ))}
        </ul>
      )}
    </>
  )
}
