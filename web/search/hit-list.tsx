import { useEffect, useRef } from 'react'
import { isMisleading, nameOf } from '../contacts/name.ts'
import { useContact } from '../contacts/queries.ts'
import { Time } from '../ui/time.tsx'
import type { Hit } from './hits.ts'
import { Marked } from './marked.tsx'

interface Given {
  title: string
  hits: Hit[]
  q: string
  chosenKey: string | undefined
  open(href: string): void
}

export const HitList = ({ title, hits, q, chosenKey, open }: Given) => (
  <div role="group" aria-label={title} className="pb-2">
    <p aria-hidden="true" className="px-3 py-1 text-sm font-medium text-muted">
      {title}
    </p>
    {hits.map((hit) => (
      <Line key={hit.key} hit={hit} q={q} isChosen={hit.key === chosenKey} open={open} />
    ))}
  </div>
)

/** With their address, where the name of whoever wrote it looks like another. */
const Title = ({ hit: { title, contactId }, q }: { hit: Hit; q: string }) =>
  contactId !== undefined && isMisleading(title) ? <NameOf id={contactId} /> : <Marked text={title} q={q} />

const NameOf = ({ id }: { id: string }) => {
  const { data: contact } = useContact(id)
  return contact && nameOf(contact)
}

const Line = ({ hit, q, isChosen, open }: { hit: Hit; q: string; isChosen: boolean; open(href: string): void }) => {
  const line = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (isChosen) line.current?.scrollIntoView({ block: 'nearest' })
  }, [isChosen])
  return (
    <div
      ref={line}
      id={`hit-${hit.key}`}
      role="option"
      aria-selected={isChosen}
      onClick={() => open(hit.href)}
      className={`cursor-default rounded-lg px-3 py-1.5 ${isChosen ? 'bg-chosen' : 'hover:bg-hover'}`}
    >
      <span className="flex items-baseline justify-between gap-3">
        <span dir="auto" className="truncate font-medium">
          <Title hit={hit} q={q} />
        </span>
        {hit.at && (
          <span className="text-xs text-muted">
            <Time at={hit.at} />
          </span>
        )}
      </span>
      <span dir="auto" className="block truncate text-sm text-muted">
        <Marked text={hit.text} q={q} />
      </span>
    </div>
  )
}
