import { Toast } from '@base-ui/react/toast'
import type { ReactNode } from 'react'
import { reasonOf } from '../api.ts'
import { buttonClass } from './button.tsx'

/** What happened, for a moment; with a way back where there is one. */
export const Toasts = ({ children }: { children: ReactNode }) => (
  <Toast.Provider limit={2}>
    {children}
    <Toast.Portal>
      <Toast.Viewport className="fixed top-14 left-1/2 z-60 grid w-max max-w-[90vw] -translate-x-1/2 gap-2 lg:start-58 lg:top-auto lg:bottom-4 lg:max-w-80 lg:translate-x-0">
        <List />
      </Toast.Viewport>
    </Toast.Portal>
  </Toast.Provider>
)

const List = () =>
  Toast.useToastManager().toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      className="flex items-center gap-3 rounded-xl border border-line bg-raised py-2 ps-4 pe-2 shadow-raised"
    >
      {/* no heading: it is no part of what the page says */}
      <Toast.Title render={<p />} className="min-h-8 min-w-0 content-center" />
      <Toast.Action className={buttonClass('bare', 'text-accent')} />
    </Toast.Root>
  ))

interface Entry {
  name: string
  undo(): void
}

/** What was done several times shortly after one another, by what it was: shown in one box. */
const together = new Map<string, { id: string; entries: Entry[] }>()

const namesMost = 3
/** Milliseconds. Given with each update, it begins anew: else the box goes a while after the first of many. */
const timeout = 5000

const titleOf = (what: string, entries: Entry[]): string => {
  if (entries.length === 1) return `${what}: ${entries[0]!.name}`
  const names = entries.slice(-namesMost).map(({ name }) => name)
  const more = entries.length - names.length
  return `${entries.length} ${what.toLowerCase()}: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

export const useToasts = () => {
  const { add, update, close } = Toast.useToastManager()
  return {
    say: (title: string): void => void add({ title }),
    /** What can be undone. While its box is there, more of the same is counted, named and undone in it. */
    did: (what: string, entry: Entry): void => {
      const open = together.get(what)
      const entries = [...(open?.entries ?? []), entry]
      const undo = () => {
        close(together.get(what)!.id)
        for (const each of entries.toReversed()) each.undo()
      }
      const shown = {
        timeout,
        title: titleOf(what, entries),
        actionProps: { children: entries.length === 1 ? 'Undo' : 'Undo all', onClick: undo },
        onClose: () => void together.delete(what),
      }
      if (open) update(open.id, shown)
      together.set(what, { id: open?.id ?? add(shown), entries })
    },
    failed:
      (what: string) =>
      (error: unknown): void =>
        void add({ title: `${what} ${reasonOf(error)}`, priority: 'high' }),
  }
}
