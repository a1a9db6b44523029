import { useQuery } from '@tanstack/react-query'
import { useId, useState, type KeyboardEvent } from 'react'
import { get, query } from '../api.ts'
import { addressOf } from '../contacts/address.ts'
import type { Found } from '../search/queries.ts'

const suggestionsMost = 6
/** The server's grammar is the one that counts. */
const looksLikeAddress = /^[^\s@,;<>]+@[^\s@,;<>]+$/

/** Of a text with one or several; undefined where something else is in it. */
const addressesIn = (text: string): string[] | undefined => {
  const found = text.split(/[\s,;]+/).filter((word) => word !== '')
  return found.length > 0 && found.every((word) => looksLikeAddress.test(word)) ? found : undefined
}

const useContactsLike = (text: string) =>
  useQuery({
    queryKey: ['search', text, 'addresses'],
    queryFn: async ({ signal }) => {
      const asked = query({ q: text, type: 'contacts', limit: suggestionsMost })
      const { results } = await get<{ results: Pick<Found, 'contacts'> }>(`/search${asked}`, signal)
      return results.contacts.filter((contact) => addressOf(contact) !== undefined)
    },
    enabled: text.trim().length > 1,
  }).data ?? []

interface Given {
  label: string
  isDisabled: boolean
  add(emails: string[]): void
}

/** Takes addresses with Enter, a comma or Tab; contacts are offered while it is typed. */
export const AddressField = ({ label, isDisabled, add }: Given) => {
  const [text, setText] = useState('')
  const [at, setAt] = useState(-1)
  const listId = useId()
  const found = useContactsLike(text)
  const isWrong = text.trim() !== '' && found.length === 0 && addressesIn(text) === undefined
  const take = (emails: string[]) => {
    add(emails)
    setText('')
    setAt(-1)
  }
  /** Whether there was an address to take. */
  const takeText = (): boolean => {
    const chosen = found[at]
    const emails = chosen ? [chosen.email] : addressesIn(text)
    if (emails) take(emails)
    return emails !== undefined
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey) return
    if (event.key === 'ArrowDown') setAt((at + 1) % Math.max(1, found.length))
    else if (event.key === 'ArrowUp') setAt((at + found.length - 1) % Math.max(1, found.length))
    else if (event.key === 'Escape' && text !== '') setText('')
    else if (event.key === 'Enter' || event.key === ',' || event.key === ';' || event.key === 'Tab') {
      if (!takeText() && event.key === 'Tab') return
    } else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <span className="relative min-w-40 flex-1">
      <input
        aria-label={label}
        role="combobox"
        aria-expanded={found.length > 0}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={at >= 0 ? `${listId}-${at}` : undefined}
        aria-invalid={isWrong}
        inputMode="email"
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        disabled={isDisabled}
        value={text}
        placeholder="Name or address"
        onChange={({ target }) => {
          setText(target.value)
          setAt(-1)
        }}
        onKeyDown={onKeyDown}
        onBlur={takeText}
        className="min-h-6 w-full rounded-md bg-transparent px-1 outline-none focus-visible:bg-surface"
      />
      <ul
        id={listId}
        role="listbox"
        aria-label="Contacts"
        hidden={found.length === 0}
        className="absolute bottom-full z-10 mb-1 w-72 max-w-[80vw] rounded-xl border border-line bg-raised p-1 shadow-raised"
      >
        {found.map(({ id, name, email }, i) => (
          <li
            key={id}
            id={`${listId}-${i}`}
            role="option"
            aria-selected={i === at}
            // before the field loses the focus, which would take what was typed so far
            onPointerDown={(event) => {
              event.preventDefault()
              take([email])
            }}
            className={`cursor-pointer truncate rounded-lg px-2 py-1 ${i === at ? 'bg-chosen' : 'hover:bg-hover'}`}
          >
            <bdi>{name}</bdi> <bdi className="text-muted">{email}</bdi>
          </li>
        ))}
      </ul>
    </span>
  )
}
