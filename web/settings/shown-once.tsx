import type { ReactNode } from 'react'
import { Button } from '../ui/button.tsx'
import { Copy } from '../ui/copy.tsx'
import { Dialog } from '../ui/dialog.tsx'

interface Given {
  title: string
  label: string
  /** Undefined while there is nothing to show. */
  text: string | undefined
  close(): void
  children: ReactNode
}

/** A secret or a link that cannot be shown again, to be copied. */
export const ShownOnce = ({ title, label, text, close, children }: Given) => (
  <Dialog title={title} isOpen={text !== undefined} close={close}>
    <div className="grid gap-4 p-5">
      <p>{children}</p>
      <Copy label={label} text={text ?? ''} />
      <Button className="justify-self-end" onClick={close}>
        Done
      </Button>
    </div>
  </Dialog>
)
