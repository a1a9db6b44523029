import type { Field } from '../../server/channels/schema.ts'
import { Button } from '../ui/button.tsx'
import { inputClass, Tick } from '../ui/field.tsx'
import { Icon } from '../ui/icon.tsx'
import { fieldNamed } from './channel-kinds.ts'

interface Given {
  fields: Field[]
  change(fields: Field[]): void
}

/** What a form asks for besides name, address, subject and message. */
export const FormEditor = ({ fields, change }: Given) => {
  const set = (i: number, changes: Partial<Field>) => change(fields.with(i, { ...fields[i]!, ...changes }))
  const add = () => change([...fields, { name: '', label: '', required: false }])
  /** When it is called something, it gets its name; that stays, since sites may post under it. */
  const name = (i: number) => {
    const { name: given, label } = fields[i]!
    if (given === '' && label.trim() !== '')
      set(i, {
        name: fieldNamed(
          label,
          fields.map((field) => field.name),
        ),
      })
  }
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1 font-medium">Fields</legend>
      {fields.map((field, i) => (
        <div key={i} className="flex flex-wrap items-center gap-3">
          <input
            aria-label={`Label of field ${i + 1}`}
            className={`${inputClass} w-auto! min-w-40 flex-1`}
            dir="auto"
            value={field.label}
            onChange={({ target }) => set(i, { label: target.value })}
            onBlur={() => name(i)}
          />
          <Tick
            label={
              <>
                Required<span className="sr-only"> {field.label}</span>
              </>
            }
            checked={field.required}
            change={(required) => set(i, { required })}
          />
          <Button look="bare" className="px-1.5!" onClick={() => change(fields.filter((_, at) => at !== i))}>
            <Icon name="cross" />
            <span className="sr-only">Remove {field.label || 'the field'}</span>
          </Button>
        </div>
      ))}
      <Button className="justify-self-start" onClick={add}>
        Add a field
      </Button>
    </fieldset>
  )
}

/** As customers see it, in English; their browser's language decides. */
export const FormPreview = ({ title, fields }: { title: string; fields: Field[] }) => {
  const asked: [label: string, isRequired: boolean][] = [
    ['Your name', false],
    ['Your email address', true],
    ['Subject', false],
    ...fields
      .filter(({ label }) => label.trim() !== '')
      .map(({ label, required }) => [label, required] as [string, boolean]),
    ['Message', true],
    ['Files', false],
  ]
  return (
    <figure className="rounded-xl border border-line bg-ground p-4">
      <figcaption className="mb-2 text-sm text-muted">Preview</figcaption>
      <p dir="auto" className="mb-3 text-lg font-semibold">
        {title || 'Your form'}
      </p>
      <ul className="grid gap-2">
        {asked.map(([label, isRequired], i) => (
          <li key={i}>
            <p dir="auto" className="text-sm font-medium">
              {label} {!isRequired && <span className="font-normal text-muted">(optional)</span>}
            </p>
            <div className={`rounded-lg border border-line bg-surface ${label === 'Message' ? 'h-14' : 'h-8'}`} />
          </li>
        ))}
      </ul>
      <p className="mt-3 inline-block rounded-lg bg-accent px-3 py-1 font-medium text-on-accent">Send</p>
    </figure>
  )
}
