import { Menu as Base } from '@base-ui/react/menu'
import type { ReactNode } from 'react'

interface Choice {
  text: string
  act(): void
  isChosen?: boolean
}

interface Given {
  /** With words in it, be they for screen readers only. */
  button: ReactNode
  title?: string
  className: string
  choices: Choice[]
  /** Lets a key open it. */
  isOpen?: boolean
  onOpenChange?(isOpen: boolean): void
}

export const Menu = ({ button, title, className, choices, isOpen, onOpenChange }: Given) => (
  <Base.Root
    modal={false}
    {...(isOpen === undefined ? {} : { open: isOpen })}
    {...(onOpenChange ? { onOpenChange: (open: boolean) => onOpenChange(open) } : {})}
  >
    <Base.Trigger title={title} className={className}>
      {button}
    </Base.Trigger>
    <Base.Portal>
      <Base.Positioner sideOffset={4} align="end" className="z-50">
        <Base.Popup className="max-h-80 min-w-44 overflow-y-auto rounded-xl border border-line bg-raised p-1 shadow-raised outline-none">
          {choices.map(({ text, act, isChosen }) => (
            <Base.Item
              key={text}
              onClick={act}
              className="flex cursor-default items-center justify-between gap-6 rounded-lg px-3 py-1.5 outline-none data-highlighted:bg-hover"
            >
              <span className="truncate">{text}</span>
              {isChosen && <span aria-label="chosen">✓</span>}
            </Base.Item>
          ))}
        </Base.Popup>
      </Base.Positioner>
    </Base.Portal>
  </Base.Root>
)
