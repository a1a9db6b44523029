import type { Mode } from '../draft-storage.ts'

const modes: [mode: Mode, text: string][] = [
  ['reply', 'Reply'],
  ['note', 'Internal note'],
]

interface Given {
  mode: Mode
  customer: string
  isSending: boolean
  choose(mode: Mode): void
}

/** What is being written: it stays so until the agent changes it, and each change is said aloud. */
export const Modes = ({ mode, customer, isSending, choose }: Given) => (
  <div className="flex items-center gap-1" role="group" aria-label="What you write">
    {modes.map(([each, label]) => (
      <button
        key={each}
        type="button"
        disabled={isSending}
        aria-pressed={each === mode}
        onClick={() => choose(each)}
        className={`min-h-6 rounded-md px-2 py-0.5 text-sm ${
          each !== mode
            ? 'text-muted hover:text-ink'
            : mode === 'note'
              ? 'bg-note-strong font-medium text-on-accent'
              : 'bg-chosen font-medium'
        }`}
      >
        {label}
      </button>
    ))}
    <span role="status" className="sr-only">
      {mode === 'note'
        ? 'You are writing an internal note. Only your team sees it.'
        : `You are writing a reply to ${customer}.`}
    </span>
  </div>
)
