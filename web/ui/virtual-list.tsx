import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useRef, type ReactNode } from 'react'
import { useLocation } from 'wouter'
import { useKeys } from '../keyboard/keys.ts'

/** Rows that are drawn beyond the edges, and how near to its end a list is when it asks for more. */
const overscan = 12
const near = 60

interface Given<T> {
  items: T[]
  idOf(item: T): string
  hrefOf(item: T): string
  openId: string | undefined
  rowHeight: number
  hasNextPage: boolean
  isFetchingNextPage: boolean
  fetchNextPage(): unknown
  children(item: T, isOpen: boolean): ReactNode
}

/** A list of any length: j and k go through it, and where something of it is open, they open its neighbours. */
export const VirtualList = <T,>({ items, idOf, hrefOf, openId, rowHeight, children, ...more }: Given<T>) => {
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = more
  const [, go] = useLocation()
  const pane = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => pane.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => idOf(items[index]!),
    overscan,
  })
  // what was measured at the other density
  useLayoutEffect(() => rows.measure(), [rows, rowHeight])
  const drawn = rows.getVirtualItems()
  const lastDrawn = drawn.at(-1)?.index ?? 0
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && lastDrawn > items.length - near) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, lastDrawn, items.length, fetchNextPage])

  const focused = () => Number(document.activeElement?.closest<HTMLElement>('[data-index]')?.dataset['index'] ?? -1)
  const linkOf = (index: number) => pane.current?.querySelector<HTMLElement>(`[data-index="${index}"] a`)
  const step = (by: number) => {
    const from = openId === undefined ? focused() : items.findIndex((item) => idOf(item) === openId)
    const to = from === -1 ? 0 : Math.min(Math.max(from + by, 0), items.length - 1)
    const target = items[to]
    if (!target) return
    rows.scrollToIndex(to)
    if (openId !== undefined) return go(hrefOf(target))
    // at once where it is drawn: the next key may be there before the next frame
    const link = linkOf(to)
    if (link) link.focus()
    else requestAnimationFrame(() => linkOf(to)?.focus())
  }
  useKeys({ j: () => step(1), k: () => step(-1) })

  return (
    <div ref={pane} className="scroll-pane min-h-0 flex-1" tabIndex={-1}>
      <ul className="relative" style={{ height: rows.getTotalSize() }}>
        {drawn.map(({ index, key, start }) => (
          <li key={key} data-index={index} className="absolute inset-x-0" style={{ top: start, height: rowHeight }}>
            {children(items[index]!, idOf(items[index]!) === openId)}
          </li>
        ))}
      </ul>
    </div>
  )
}
