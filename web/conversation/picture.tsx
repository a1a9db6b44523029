import { buttonClass } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'

export interface Shown {
  url: string
  name: string
}

/** An image of a message, as large as the window. */
export const Picture = ({ url, name, close }: Shown & { close(): void }) => (
  <Dialog title={name} isOpen isWide close={close}>
    <div className="flex min-h-0 flex-col items-center gap-3 p-4">
      <img src={url} alt={name} className="min-h-0 max-w-full object-contain" />
      <a href={url} download={name} className={buttonClass()}>
        Download
      </a>
    </div>
  </Dialog>
)
