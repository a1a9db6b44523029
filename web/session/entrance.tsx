import type { ReactNode } from 'react'

/** What stands around every screen before somebody is signed in. */
export const Entrance = ({ title, children }: { title: string; children: ReactNode }) => (
  <main className="grid h-full content-start justify-items-center overflow-y-auto px-4 pt-[14dvh] pb-8">
    <div className="w-full max-w-sm">
      <img src={new URL('../icon.svg', import.meta.url).href} alt="" className="mb-6 size-10" />
      <h1 className="mb-6 text-xl font-semibold">{title}</h1>
      {children}
    </div>
  </main>
)
