import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { Field } from '../../server/imports/columns.ts'
import type { Import } from '../../server/imports/schema.ts'
import { inboxUrl, send } from '../api.ts'
import { Button } from '../ui/button.tsx'
import { Choice } from '../ui/choice.tsx'
import { Tick } from '../ui/field.tsx'
import { Problem } from '../ui/problem.tsx'
import { changed } from './list.ts'

const uses: [value: Field | '', text: string][] = [
  ['', 'Leave out'],
  ['email', 'Email address'],
  ['name', 'Name'],
  ['firstName', 'First name'],
  ['lastName', 'Last name'],
  ['phone', 'Phone'],
  ['avatar', 'Picture (https address)'],
]

type Columns = NonNullable<Import['columns']>

/** What each column of a CSV is, before anything of it is stored. */
export const ReviewColumns = ({ id, columns }: { id: string; columns: Columns }) => {
  const [chosen, setChosen] = useState(() => columns.map(({ field }) => field))
  const [update, setUpdate] = useState(false)
  const url = inboxUrl(`/imports/${id}`)
  const onSettled = () => changed('imports')
  const start = useMutation({
    mutationFn: () => {
      const fields = Object.fromEntries(columns.map(({ name }, i) => [name, chosen[i] ?? null]))
      return send('POST', `${url}/start`, { body: { columns: fields, update } })
    },
    onSettled,
  })
  const discard = useMutation({ mutationFn: () => send('DELETE', url), onSettled })
  const isBusy = start.isPending || discard.isPending
  const hasEmail = chosen.includes('email')
  return (
    <div className="grid gap-3">
      <p>Check what each column is. Nothing has been stored yet.</p>
      <div className="overflow-x-auto">
        <table className="w-full text-start text-sm">
          <thead className="text-muted">
            <tr>
              <th className="py-1 pe-3 text-start font-medium">Column</th>
              <th className="py-1 pe-3 text-start font-medium">First rows</th>
              <th className="py-1 text-start font-medium">Use as</th>
            </tr>
          </thead>
          <tbody>
            {columns.map(({ name, samples }, i) => (
              // two columns may have one name
              <tr key={`${i} ${name}`} className="border-t border-line align-top">
                <th scope="row" className="py-1.5 pe-3 text-start font-medium">
                  <bdi>{name || '(no name)'}</bdi>
                </th>
                <td className="max-w-64 py-1.5 pe-3 text-muted">
                  {samples.map((sample, row) => (
                    <p key={`${row} ${sample}`} className="truncate">
                      <bdi>{sample || '–'}</bdi>
                    </p>
                  ))}
                </td>
                <td className="py-1.5">
                  <Choice
                    label={`Use ${name || 'the column without a name'} as`}
                    className="h-8 w-48 rounded-lg border border-line bg-surface px-2"
                    options={uses}
                    value={chosen[i] ?? ''}
                    choose={(use) => setChosen(chosen.with(i, (use || null) as Field | null))}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Tick label="Fill in empty fields of contacts that are here already" checked={update} change={setUpdate} />
      {!hasEmail && <p role="status">Choose the column with the email address.</p>}
      <Problem error={start.error ?? discard.error}>Not done. </Problem>
      <div className="flex gap-2">
        <Button look="main" disabled={isBusy || !hasEmail} onClick={() => start.mutate()}>
          Import
        </Button>
        <Button disabled={isBusy} onClick={() => discard.mutate()}>
          Discard
        </Button>
      </div>
    </div>
  )
}
