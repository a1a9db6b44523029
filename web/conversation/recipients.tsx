import { useId, useState } from 'react'
import { callOf, EditRecipients, fields, type Given } from './edit-recipients.tsx'

/** Whom a reply by mail goes to: one line, which opens to be changed. */
export const Recipients = (given: Given) => {
  const { conversation, chosen } = given
  const [isOpen, setOpen] = useState(false)
  const id = useId()
  return (
    <div className="px-3 pt-1 text-sm">
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
        className="flex min-h-6 w-full min-w-0 items-center gap-1.5 rounded-md px-1 text-start text-muted hover:text-ink"
      >
        <span className="truncate">
          {fields.map(([field, label]) =>
            chosen[field].length === 0 ? null : (
              <span key={field} className="me-3">
                {label}{' '}
                <bdi className="text-ink">
                  {chosen[field].map((email) => callOf(conversation, email)).join(', ')}
                </bdi>{' '}
              </span>
            ),
          )}
          {fields.every(([field]) => chosen[field].length === 0) && 'To: nobody yet'}
        </span>
        <span className="ms-auto shrink-0">{isOpen ? 'Done' : 'Change'}</span>
      </button>
      <div id={id} hidden={!isOpen}>
        {isOpen && <EditRecipients {...given} />}
      </div>
    </div>
  )
}
