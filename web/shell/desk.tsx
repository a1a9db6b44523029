import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react'
import { useLocation } from 'wouter'
import { useCounts } from '../inbox/conversations.ts'
import { useKeys } from '../keyboard/keys.ts'
import { KeySheet } from '../keyboard/sheet.tsx'
import { useLive } from '../live/live.ts'
import { Toasts } from '../ui/toasts.tsx'
import { BottomBar } from './bottom-bar.tsx'
import { Sidebar } from './sidebar.tsx'

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
      <div className="flex h-full flex-col lg:flex-row print:block print:h-auto">
        <Sidebar search={() => setSearching(true)} showKeys={() => setSheetOpen(true)} />
        <main className="flex min-h-0 min-w-0 flex-1 print:block">{children}</main>
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
      <KeySheet isOpen={isSheetOpen} close={() => setSheetOpen(false)} />
    </Toasts>
  )
}
