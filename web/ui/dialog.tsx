import { Dialog as Base } from '@base-ui/react/dialog'
import type { ReactNode } from 'react'

interface Given {
  title: string
  isOpen: boolean
  close(): void
  children: ReactNode
  /** At the top, for lists that grow. */
  isTall?: boolean
  /** For what needs all the room there is. */
  isWide?: boolean
}

export const Dialog = ({ title, isOpen, close, children, isTall = false, isWide = false }: Given) => (
  <Base.Root open={isOpen} onOpenChange={(open) => !open && close()}>
    <Base.Portal>
      <Base.Backdrop className="fixed inset-0 z-40 bg-black/30 transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0" />
      <Base.Popup
        className={`fixed inset-x-4 z-50 mx-auto flex max-h-[85dvh] flex-col rounded-2xl border border-line bg-raised shadow-raised outline-none ${
          isWide ? 'top-[4dvh] max-h-[92dvh]! max-w-5xl' : isTall ? 'top-[8dvh] max-w-2xl' : 'top-[14dvh] max-w-md'
        }`}
      >
        <Base.Title className={isTall ? 'sr-only' : 'px-5 pt-5 text-lg font-semibold'}>{title}</Base.Title>
        {children}
      </Base.Popup>
    </Base.Portal>
  </Base.Root>
)
