import type { ReactNode } from 'react'

interface Given {
  title: string
  /** What is in the list. */
  label: string
  /** Whether something of the list is open: on narrow screens it then has all the room. */
  isOpen: boolean
  list: ReactNode
  children: ReactNode
}

/** A list, and beside it what is open of it. */
export const Panes = ({ title, label, isOpen, list, children }: Given) => (
  <>
    {isOpen && <h1 className="sr-only md:hidden">{title}</h1>}
    <section
      aria-label={label}
      className={`w-full min-w-0 flex-col border-line bg-surface md:flex md:w-88 md:shrink-0 xl:w-80 2xl:w-88 md:border-x ${isOpen ? 'hidden print:hidden' : 'flex'}`}
    >
      {list}
    </section>
    <div className={`min-w-0 flex-1 bg-surface md:flex print:block ${isOpen ? 'flex' : 'hidden'}`}>{children}</div>
  </>
)
