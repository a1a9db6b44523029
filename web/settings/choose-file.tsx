import { buttonClass } from '../ui/button.tsx'
import { useFileDrop } from '../ui/file-drop.ts'

/** With the button, or dropped anywhere on the page. */
export const ChooseFile = ({ accept, take }: { accept: string; take(files: File[]): void }) => {
  const isOver = useFileDrop(take)
  return (
    <div
      className={`flex flex-wrap items-center justify-center gap-3 rounded-xl border border-dashed p-6 ${isOver ? 'border-accent bg-hover' : 'border-line'}`}
    >
      <label className={buttonClass('main', 'has-focus-visible:outline-2 has-focus-visible:outline-accent')}>
        <input
          type="file"
          className="sr-only"
          accept={accept}
          onChange={({ target }) => {
            take([...(target.files ?? [])])
            // so that the same one can be chosen again
            target.value = ''
          }}
        />
        Choose a file
      </label>
      <span className="text-muted">or drop one here</span>
    </div>
  )
}
