import { useDeferredValue, useState, type KeyboardEvent } from 'react'
import { useLocation } from 'wouter'
import { Dialog } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { Problem } from '../ui/problem.tsx'
import { Spinner } from '../ui/spinner.tsx'
import { HitList } from './hit-list.tsx'
import { hitsOf, titles } from './hits.ts'
import { groups, useSearch, useSearchIn, type Group } from './queries.ts'

/** One field over everything. Arrows choose, Enter opens, Escape closes. */
export const Search = ({ close }: { close(): void }) => {
  const [, go] = useLocation()
  const [typed, setTyped] = useState('')
  const [group, setGroup] = useState<Group>()
  const [chosen, setChosen] = useState(0)
  const q = useDeferredValue(typed.trim())
  const { data: found, error, isFetching } = useSearch(q)
  const { data: pages, hasNextPage, fetchNextPage, isFetching: isFetchingMore } = useSearchIn(group, q)
  const isSearching = isFetching || isFetchingMore
  const sections = (group ? [group] : groups)
    .map((each) => ({
      group: each,
      hits: group ? (pages?.pages ?? []).flatMap((page) => hitsOf(each, page)) : hitsOf(each, found ?? {}),
    }))
    .filter(({ hits }) => q !== '' && hits.length > 0)
  const hits = sections.flatMap((section) => section.hits)
  const at = Math.min(chosen, hits.length - 1)
  const open = (href: string) => {
    close()
    go(href)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setChosen(Math.min(at + 1, hits.length - 1))
    else if (event.key === 'ArrowUp') setChosen(Math.max(at - 1, 0))
    else if (event.key === 'Enter' && hits[at]) open(hits[at].href)
    else return
    event.preventDefault()
  }
  return (
    <Dialog title="Search" isOpen close={close} isTall>
      <div className="flex items-center gap-3 border-b border-line px-4">
        {isSearching ? <Spinner /> : <Icon name="search" />}
        <span role="status" className="sr-only">
          {isSearching && 'Searching…'}
        </span>
        <input
          autoFocus
          role="combobox"
          aria-expanded={hits.length > 0}
          aria-controls="hits"
          aria-activedescendant={hits[at] ? `hit-${hits[at].key}` : undefined}
          aria-label="Search contacts, conversations and messages"
          placeholder="Name, address, subject or words of a message"
          maxLength={256}
          dir="auto"
          value={typed}
          onChange={({ target }) => {
            setTyped(target.value)
            setGroup(undefined)
            setChosen(0)
          }}
          onKeyDown={onKeyDown}
          className="h-13 min-w-0 flex-1 bg-transparent text-lg outline-none"
        />
        {group && (
          <button type="button" onClick={() => setGroup(undefined)} className="text-sm text-muted hover:text-ink">
            All results
          </button>
        )}
      </div>
      <div className="scroll-pane min-h-0 flex-1 p-2">
        <Problem error={error} />
        {q !== '' && !found && !error && <p className="px-3 py-6 text-center text-muted">Searching…</p>}
        {q !== '' && found && hits.length === 0 && !isSearching && !error && (
          <p role="status" className="px-3 py-6 text-center text-muted">
            Nothing has all of these words.
          </p>
        )}
        <div id="hits" role="listbox" aria-label="Results">
          {sections.map((section) => (
            <HitList
              key={section.group}
              title={titles[section.group]}
              {...{ hits: section.hits, q, open }}
              chosenKey={hits[at]?.key}
            />
          ))}
        </div>
        <div className="flex gap-2 px-1 pt-1">
          {group
            ? hasNextPage && <More text="More" act={() => void fetchNextPage()} />
            : sections
                .filter((section) => section.hits.length === 5)
                .map((section) => (
                  <More
                    key={section.group}
                    text={`All ${titles[section.group].toLowerCase()}`}
                    act={() => setGroup(section.group)}
                  />
                ))}
        </div>
      </div>
    </Dialog>
  )
}

const More = ({ text, act }: { text: string; act(): void }) => (
  <button type="button" onClick={act} className="rounded-md px-2 py-1 text-sm text-accent hover:bg-hover">
    {text}
  </button>
)
