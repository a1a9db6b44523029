import { useEffect, useRef } from 'react'
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
        <span className="min-w-0 truncate">
          {hit.who !== undefined && (
            <>
              <bdi>
                <Marked text={hit.who} q={q} />
              </bdi>
              <span className="text-muted"> · </span>
            </>
          )}
          <bdi className="font-medium">
            <Marked text={hit.title} q={q} />
          </bdi>
        </span>
        <span className="shrink-0 text-xs text-muted">
          {hit.status}
          {hit.at !== null && (
            <>
              {' · '}
              <Time at={hit.at} />
            </>
          )}
        </span>
      </span>
      <span dir="auto" className="line-clamp-2 text-sm text-muted">
        <Marked text={hit.text} q={q} />
      </span>
    </div>
  )
}
