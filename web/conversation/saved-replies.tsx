import { useQuery } from '@tanstack/react-query'
import { useId, useState, type KeyboardEvent, type RefObject } from 'react'
import type { SavedReply } from '../../server/saved-replies/schema.ts'
import { loadAll } from '../pages.ts'

export const useAllSavedReplies = () =>
  useQuery({
    queryKey: ['saved-replies'],
    queryFn: ({ signal }) => loadAll<SavedReply>('saved-replies', { field: 'savedReplies', signal }),
  })

const most = 8
/** A slash at the start of a word, and what was typed after it. */
const asked = /(^|\s)\/([\p{L}\p{N}_-]*)$/u

interface Given {
  field: RefObject<HTMLTextAreaElement | null>
  text: string
  write(text: string): void
}

/** The choice that opens at a slash: arrows choose, Enter or Tab takes, Escape leaves the slash as it is. */
export const useSavedReplies = ({ field, text, write }: Given) => {
  const listId = useId()
  const { data = [] } = useAllSavedReplies()
  const [at, setAt] = useState(0)
  const [dismissed, setDismissed] = useState('')
  const caret = field.current?.selectionStart ?? text.length
  const before = text.slice(0, Math.min(caret, text.length))
  const [, , word] = asked.exec(before) ?? []
  const wanted = word?.toLocaleLowerCase()
  const found =
    wanted === undefined || dismissed === before
      ? []
      : data.filter(({ shortcut, title }) => `${shortcut} ${title}`.toLocaleLowerCase().includes(wanted)).slice(0, most)
  const chosen = Math.min(at, found.length - 1)

  const take = ({ contentText }: SavedReply) => {
    const start = before.length - word!.length - 1
    write(text.slice(0, start) + contentText + text.slice(before.length))
    requestAnimationFrame(() =>
      field.current?.setSelectionRange(start + contentText.length, start + contentText.length),
    )
    field.current?.focus()
    setAt(0)
  }

  /** Whether the key was for the choice. */
  const onKeyDown = (event: KeyboardEvent): boolean => {
    if (found.length === 0 || event.ctrlKey || event.metaKey) return false
    if (event.key === 'ArrowDown') setAt((chosen + 1) % found.length)
    else if (event.key === 'ArrowUp') setAt((chosen + found.length - 1) % found.length)
    else if (event.key === 'Enter' || event.key === 'Tab') take(found[chosen]!)
    else if (event.key === 'Escape') setDismissed(before)
    else return false
    event.preventDefault()
    return true
  }
  const isOpen = found.length > 0
  return {
    listId,
    found,
    chosen,
    take,
    onKeyDown,
    fieldProps: isOpen
      ? {
          'aria-controls': listId,
          'aria-activedescendant': `${listId}-${chosen}`,
          'aria-autocomplete': 'list' as const,
        }
      : {},
  }
}

type Choice = Pick<ReturnType<typeof useSavedReplies>, 'listId' | 'found' | 'chosen' | 'take'>

export const SavedReplies = ({ listId, found, chosen, take }: Choice) =>
  found.length === 0 ? null : (
    <ul
      id={listId}
      role="listbox"
      aria-label="Saved replies"
      className="absolute inset-x-2 bottom-full z-10 mb-1 max-h-72 overflow-y-auto rounded-xl border border-line bg-raised p-1 shadow-raised"
    >
      {found.map((reply, i) => (
        <li
          key={reply.id}
          id={`${listId}-${i}`}
          role="option"
          aria-selected={i === chosen}
          onPointerDown={(event) => {
            event.preventDefault()
            take(reply)
          }}
          className={`rounded-lg px-3 py-1.5 ${i === chosen ? 'bg-hover' : ''}`}
        >
          <span className="font-medium">{reply.title}</span>{' '}
          <span className="text-sm text-muted">/{reply.shortcut}</span>
          <span dir="auto" className="block truncate text-left text-sm text-muted">
            {reply.contentText}
          </span>
        </li>
      ))}
    </ul>
  )
