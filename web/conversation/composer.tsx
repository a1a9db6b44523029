import { useMutation } from '@tanstack/react-query'
import { useId, useImperativeHandle, useRef, useState, type KeyboardEvent, type Ref } from 'react'
import type { Conversation } from '../../server/conversations/schema.ts'
import type { Message } from '../../server/messages/schema.ts'
import { newOnce, post } from '../api.ts'
import { useOthers, useSayPresence } from '../live/presence.ts'
import { Button } from '../ui/button.tsx'
import { Problem } from '../ui/problem.tsx'
import { useDraft, type Mode } from './draft.ts'
import { appendMessage } from './messages.ts'
import { SavedReplies, useSavedReplies } from './saved-replies.tsx'

export interface Focus {
  focus(mode: Mode): void
}

interface Given {
  ref: Ref<Focus>
  conversation: Conversation
  channel: { name: string; email: string | null } | null
  close(): unknown
}

const modes: [mode: Mode, text: string][] = [
  ['reply', 'Reply'],
  ['note', 'Internal note'],
]

/** Where agents write. A note looks different from a reply, has a text of its own and a button of its own. */
export const Composer = ({ ref, conversation, channel, close }: Given) => {
  const { id, contact } = conversation
  const { mode, text, change, write } = useDraft(id)
  const field = useRef<HTMLTextAreaElement>(null)
  const fieldId = useId()
  const [isFocused, setFocused] = useState(false)
  const attempt = useRef({ body: '', once: '' })
  const isNote = mode === 'note'
  useSayPresence(id, isFocused && text !== '')
  const saved = useSavedReplies({ field, text, write })
  useImperativeHandle(ref, () => ({
    focus: (wanted) => {
      change({ mode: wanted })
      field.current?.focus()
    },
  }))
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: async ({ andClose }: { andClose: boolean }) => {
      const body = { contentText: text, ...(isNote ? { note: true } : {}) }
      const sent = JSON.stringify(body)
      // what may have arrived although its answer was lost is not sent twice
      if (attempt.current.body !== sent) attempt.current = { body: sent, once: newOnce() }
      const { message } = await post<{ message: Message }>(`/conversations/${id}/messages`, body, attempt.current.once)
      return { message, andClose }
    },
    onSuccess: ({ message, andClose }) => {
      attempt.current.body = ''
      appendMessage(id, message)
      change({ [mode]: '', mode: 'reply' })
      if (andClose) void close()
    },
  })
  const send = (andClose: boolean) => text.trim() !== '' && !isPending && mutate({ andClose })
  const onKeyDown = (event: KeyboardEvent) => {
    if (saved.onKeyDown(event)) return
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    send(event.shiftKey && !isNote)
  }
  return (
    <div className="shrink-0 px-3 pb-3 md:px-5 md:pb-4">
      <div
        className={`relative mx-auto max-w-3xl rounded-xl border transition-colors ${isNote ? 'border-note-line bg-note' : 'border-line bg-surface'}`}
      >
        <div className="flex items-center gap-1 px-2 pt-2" role="group" aria-label="What you write">
          {modes.map(([each, label]) => (
            <button
              key={each}
              type="button"
              aria-pressed={each === mode}
              onClick={() => {
                change({ mode: each })
                reset()
                field.current?.focus()
              }}
              className={`rounded-md px-2 py-0.5 text-sm ${
                each !== mode
                  ? 'text-muted hover:text-ink'
                  : isNote
                    ? 'bg-note-strong font-medium text-on-accent'
                    : 'bg-chosen font-medium'
              }`}
            >
              {label}
            </button>
          ))}
          <Others conversationId={id} />
        </div>
        <label htmlFor={fieldId} className="sr-only">
          {isNote ? 'Internal note' : `Reply to ${contact.name}`}
        </label>
        <textarea
          ref={field}
          id={fieldId}
          dir="auto"
          value={text}
          readOnly={isPending}
          onChange={({ target }) => write(target.value)}
          onFocus={() => setFocused(true)}
          onBlur={() => setFocused(false)}
          onKeyDown={onKeyDown}
          placeholder={isNote ? 'Only your team sees this.' : 'Write a reply, or / for a saved one'}
          className="block field-sizing-content max-h-[40dvh] min-h-18 w-full resize-none bg-transparent px-4 py-2 outline-none"
          {...saved.fieldProps}
        />
        <SavedReplies {...saved} />
        {error && (
          <div className="px-3 pb-2">
            <Problem error={error}>{isNote ? 'The note was not added: ' : 'Not sent: '}</Problem>
          </div>
        )}
        <div className="flex flex-wrap items-center justify-end gap-2 px-2 pb-2">
          <p
            className={`me-auto min-w-0 truncate ps-2 text-sm max-sm:hidden ${isNote ? 'text-on-note' : 'text-muted'}`}
          >
            {isNote ? 'Stays inside the team' : <Goes conversation={conversation} from={channel} />}
          </p>
          {!isNote && (
            <Button onClick={() => send(true)} disabled={isPending || text.trim() === ''} title="Ctrl Shift Enter">
              Send and close
            </Button>
          )}
          <Button
            look={isNote ? 'note' : 'main'}
            onClick={() => send(false)}
            disabled={isPending || text.trim() === ''}
            title="Ctrl Enter"
          >
            {isNote ? 'Add note' : 'Send'}
          </Button>
        </div>
      </div>
    </div>
  )
}

const Goes = ({ conversation: { source, contact }, from }: { conversation: Conversation; from: Given['channel'] }) =>
  source === 'CHAT' && from?.email === null ? (
    <>In the chat</>
  ) : (
    <>
      By mail to <bdi>{contact.email}</bdi>
    </>
  )

const Others = ({ conversationId }: { conversationId: string }) => {
  const others = useOthers(conversationId)
  const writing = others.filter(({ state }) => state === 'WRITING')
  const names = (writing.length > 0 ? writing : others).map(({ name }) => name).join(', ')
  return (
    <span
      role="status"
      className={`ms-auto truncate pe-2 text-sm ${writing.length > 0 ? 'font-medium text-on-note' : 'text-muted'}`}
    >
      {names !== '' &&
        `${names} ${others.length > 1 && writing.length !== 1 ? 'are' : 'is'} ${writing.length > 0 ? 'writing…' : 'here, too'}`}
    </span>
  )
}
