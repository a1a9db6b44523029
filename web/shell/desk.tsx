import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react'
import { useLocation } from 'wouter'
import { useCounts } from '../inbox/conversations.ts'
import { useKeys } from '../keyboard/keys.ts'
import { useLive } from '../live/live.ts'
import { Toasts } from '../ui/toasts.tsx'
import { BottomBar } from './bottom-bar.tsx'
import { Sidebar } from './sidebar.tsx'

const KeySheet = lazy(async () => ({ default: (await import('../keyboard/sheet.tsx')).KeySheet }))
const Search = lazy(async () => ({ default: (await import('../search/search.tsx')).Search }))

/** What stands around every screen. */
export const Desk = ({ children }: { children: ReactNode }) => {
  const [, go] = useLocation()
  const [isSearching, setSearching] = useState(false)
  const [isSheetOpen, setSheetOpen] = useState(false)
  const isConnected = useLive()
  const unread = useCounts()?.unread ?? 0
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) Inbox` : 'Inbox'
  }, [unread])
  const search = (event: KeyboardEvent) => {
    event.preventDefault()
    setSearching(true)
  }
  useKeys({
    '/': search,
    'Ctrl+k': search,
    '?': () => setSheetOpen(true),
    g: () => go('/inbox/open'),
    c: () => go('/contacts'),
  })
  return (
    <Toasts>
      <a
        href="#content"
        onClick={(event) => {
          // the address is that of a screen, and stays
          event.preventDefault()
          document.getElementById('content')?.focus()
        }}
        className="sr-only z-60 rounded-lg border border-line bg-raised px-4 py-2 shadow-raised focus:not-sr-only focus:fixed focus:start-3 focus:top-3"
      >
        Skip to the content
      </a>
      <div className="flex h-full flex-col lg:flex-row print:block print:h-auto">
        <Sidebar search={() => setSearching(true)} showKeys={() => setSheetOpen(true)} />
        <main id="content" tabIndex={-1} className="flex min-h-0 min-w-0 flex-1 outline-none print:block">
          {children}
        </main>
        <BottomBar search={() => setSearching(true)} />
      </div>
      {!isConnected && (
        <p
          role="status"
          className="fixed z-30 rounded-full border border-line bg-raised px-4 py-1.5 text-sm whitespace-nowrap shadow-raised max-lg:top-2 max-lg:left-1/2 max-lg:-translate-x-1/2 lg:start-3 lg:bottom-16"
        >
          No connection. Trying again…
        </p>
      )}
      <Suspense>{isSearching && <Search close={() => setSearching(false)} />}</Suspense>
      <Suspense>{isSheetOpen && <KeySheet close={() => setSheetOpen(false)} />}</Suspense>
    </Toasts>
  )
}
