import { onColor } from '../../widget/contrast.ts'

interface Given {
  greeting: string
  color: string
  position: string
}

const usual = { color: '#3457d5', greeting: 'Hello! Write to us here.' }

/** About as visitors see it. */
export const ChatPreview = ({ greeting, color, position }: Given) => {
  const background = /^#[0-9a-f]{6}$/i.test(color) ? color : usual.color
  const style = { background, color: onColor(background) }
  return (
    <figure className="rounded-xl border border-line bg-ground p-4">
      <figcaption className="mb-2 text-sm text-muted">Preview</figcaption>
      <div className={`grid gap-2 ${position === 'LEFT' ? 'justify-items-start' : 'justify-items-end'}`}>
        <div className="w-60 overflow-hidden rounded-xl border border-line bg-surface">
          <p style={style} className="px-3 py-2 font-medium">
            Chat with us
          </p>
          <p dir="auto" className="px-3 py-2 break-words whitespace-pre-wrap">
            {greeting.trim() || usual.greeting}
          </p>
          <p className="flex justify-end px-3 pb-3">
            <span style={style} className="rounded-xl px-3 py-1">
              Where is my order?
            </span>
          </p>
        </div>
        <span style={style} className="grid size-10 place-items-center rounded-full" aria-hidden="true">
          ●
        </span>
      </div>
    </figure>
  )
}
