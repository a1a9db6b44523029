import { useRef } from 'react'
import { buttonClass } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import { sizeOf } from './attachments.tsx'
import { keyOf, limit, type useFiles } from './files.ts'

type Given = Pick<ReturnType<typeof useFiles>, 'files' | 'refused' | 'remove'> & {
  hasText: boolean
  isSending: boolean
}

/** What goes along, before it goes. */
export const ChosenFiles = ({ files, refused, remove, hasText, isSending }: Given) => (
  <>
    {files.length > 0 && (
      <ul aria-label="Files to send" className="flex flex-wrap gap-2 px-3 pb-2">
        {files.map((file) => (
          <li
            key={keyOf(file)}
            className="flex max-w-full items-center gap-2 rounded-lg border border-line bg-surface ps-3 pe-1"
          >
            <span dir="auto" className="truncate">
              {file.name}
            </span>
            <span className="text-sm whitespace-nowrap text-muted">{sizeOf(file.size)}</span>
            <button
              type="button"
              disabled={isSending}
              onClick={() => remove(file)}
              aria-label={`Remove ${file.name}`}
              className="grid size-7 place-items-center rounded-md text-muted hover:bg-hover hover:text-ink"
            >
              <Icon name="cross" />
            </button>
          </li>
        ))}
        <li className="content-center text-sm text-muted">{hasText ? limit : 'Write something to go with it'}</li>
      </ul>
    )}
    {refused !== '' && (
      <p role="alert" className="mx-3 mb-2 rounded-lg bg-danger-soft px-3 py-1.5 text-danger">
        {refused}
      </p>
    )}
  </>
)

export const AttachButton = ({ add, isSending }: { add(files: File[]): unknown; isSending: boolean }) => {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        onChange={({ target }) => {
          add([...(target.files ?? [])])
          // the same file may be chosen again
          target.value = ''
        }}
      />
      <button
        type="button"
        disabled={isSending}
        onClick={() => input.current?.click()}
        aria-label="Attach files"
        title={`Attach ${limit}; drop and paste work, too`}
        className={buttonClass('bare', 'px-1.5!')}
      >
        <Icon name="clip" />
      </button>
    </>
  )
}
