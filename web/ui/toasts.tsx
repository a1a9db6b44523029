import { Toast } from '@base-ui/react/toast'
import type { ReactNode } from 'react'
import { reasonOf } from '../api.ts'
import { buttonClass } from './button.tsx'

/** What happened, for a moment; with a way back where there is one. */
export const Toasts = ({ children }: { children: ReactNode }) => (
  <Toast.Provider limit={2}>
    {children}
    <Toast.Portal>
      <Toast.Viewport className="fixed bottom-18 left-1/2 z-60 grid w-max max-w-[90vw] -translate-x-1/2 gap-2 lg:bottom-6">
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
      <Toast.Title className="min-h-8 content-center" />
      <Toast.Action className={buttonClass('bare', 'text-accent')} />
    </Toast.Root>
  ))

export const useToasts = () => {
  const { add } = Toast.useToastManager()
  return {
    say: (title: string, undo?: () => void): void =>
      void add({ title, ...(undo ? { actionProps: { children: 'Undo', onClick: undo } } : {}) }),
    failed:
      (what: string) =>
      (error: unknown): void =>
        void add({ title: `${what} ${reasonOf(error)}`, priority: 'high' }),
  }
}
