import { lazy, Suspense, useId, useImperativeHandle, useRef, useState, type KeyboardEvent, type Ref } from 'react'
import type { Conversation, DetailedConversation } from '../../server/conversations/schema.ts'
import { addressOf } from '../contacts/address.ts'
import { nameOf } from '../contacts/name.ts'
import { useOthers, useSayPresence } from '../live/presence.ts'
import { Button } from '../ui/button.tsx'
import { Problem } from '../ui/problem.tsx'
import { useToasts } from '../ui/toasts.tsx'
import type { Message } from '../../server/messages/schema.ts'
import { useMe } from '../session/session.ts'
import { AttachButton, ChosenFiles } from './chosen-files.tsx'
import { useDraft } from './draft.ts'
import { useFileDrop } from '../ui/file-drop.ts'
import type { Chosen, Mode } from '../draft-storage.ts'
import { filesOf, useFiles } from './files.ts'
import { newestOf } from './messages.ts'
import { Modes } from './modes.tsx'
import { Overtaken } from './overtaken.tsx'
import { usualOf } from './usual-recipients.ts'
import { SavedReplies, useSavedReplies } from './saved-replies.tsx'
import { useSending } from './sending.ts'

const Recipients = lazy(async () => ({ default: (await import('./recipients.tsx')).Recipients }))

export interface Focus {
  focus(mode: Mode): void
  /** Writes a message anew that was not delivered: its text and its files are put before what is being written. */
  edit(message: Message): void
}

type Shown = Conversation & Partial<Pick<DetailedConversation, 'replyTo' | 'recipients' | 'participants'>>

interface Given {
  ref: Ref<Focus>
  conversation: Shown
  /** Something was sent, or added. */
  sent(): void
  close(): unknown
}

/** Where agents write. A note looks different from a reply, has a text of its own and a button of its own. */
export const Composer = ({ ref, conversation, sent, close }: Given) => {
  const { id, contact } = conversation
  const { mode, text, reply, since, recipients, change, write } = useDraft(id)
  const { id: myId } = useMe()
  const { failed } = useToasts()
  const [overtaken, setOvertaken] = useState<Message[]>([])
  const field = useRef<HTMLTextAreaElement>(null)
  const fieldId = useId()
  const [isFocused, setFocused] = useState(false)
  const { files, clear, ...ofFiles } = useFiles(id, mode)
  const { add: addToReply } = useFiles(id, 'reply')
  const isDropping = useFileDrop(ofFiles.add)
  const isNote = mode === 'note'
  const people = isNote || conversation.source === 'CHAT' ? undefined : peopleOf(conversation)
  const chosen = people && (recipients ?? usualOf(people))
  useSayPresence(id, isFocused && text !== '')
  const saved = useSavedReplies({ field, text, write })
  const { mutate, isPending, error, reset } = useSending(id, {
    written: { mode, text, files, after: isNote ? undefined : since, recipients: withoutNobody(chosen) },
    onSent: (andClose) => {
      change({ [mode]: '', recipients: undefined })
      clear()
      setOvertaken([])
      sent()
      if (andClose) void close()
    },
    onOvertaken: (messages) => {
      change({ since: messages.at(-1)?.id })
      setOvertaken(messages.filter(({ agentId }) => agentId !== myId))
    },
  })
  const choose = (wanted: Mode) => {
    if (!isPending) change({ mode: wanted })
    if (!isPending && wanted !== mode) reset()
    field.current?.focus()
  }
  useImperativeHandle(ref, () => ({
    focus: choose,
    edit: (message) => {
      if (isPending) return
      choose('reply')
      change({
        reply: [message.contentText, reply].filter((part) => part.trim() !== '').join('\n\n'),
        since: newestOf(id)?.id,
      })
      filesOf(id, message).then(addToReply).catch(failed('The files were not added.'))
    },
  }))
  const send = (andClose: boolean) => text.trim() !== '' && !isPending && mutate(andClose)
  const onKeyDown = (event: KeyboardEvent) => {
    if (saved.onKeyDown(event)) return
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    send(event.shiftKey && !isNote)
  }
  return (
    <div className="shrink-0 px-3 pb-3 md:px-5 md:pb-4 print:hidden">
      <div
        className={`relative mx-auto max-w-3xl rounded-xl border transition-colors ${isDropping ? 'outline-2 outline-accent' : ''} ${isNote ? 'border-note-line bg-note' : 'border-line bg-surface'}`}
      >
        <div className="flex items-center gap-1 px-2 pt-2">
          <Modes {...{ mode, choose }} customer={nameOf(contact)} isSending={isPending} />
          <Others conversationId={id} />
        </div>
        {people && chosen && (
          <Suspense fallback={<div className="h-7" />}>
            <Recipients
              conversation={people}
              chosen={chosen}
              choose={(wanted) => change({ recipients: wanted })}
              isSending={isPending}
            />
          </Suspense>
        )}
        <label htmlFor={fieldId} className="sr-only">
          {isNote ? 'Internal note' : `Reply to ${nameOf(contact)}`}
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
          onPaste={(event) => {
            const { files: pasted, types } = event.clipboardData
            // what is copied from an office program is a text, and a picture of it
            if (pasted.length === 0 || types.includes('text/plain')) return
            event.preventDefault()
            void ofFiles.add([...pasted])
          }}
          placeholder={isNote ? 'Only your team sees this.' : 'Write a reply, or / for a saved one'}
          className="block field-sizing-content max-h-[40dvh] min-h-18 w-full resize-none bg-transparent px-4 py-2 outline-none"
          {...saved.fieldProps}
        />
        <SavedReplies {...saved} />
        {!isNote && <Elsewhere {...conversation} />}
        <ChosenFiles {...ofFiles} {...{ files }} hasText={text.trim() !== ''} isSending={isPending} />
        {!isNote && <Overtaken messages={overtaken} customer={nameOf(contact)} />}
        {error && (
          <div className="px-3 pb-2">
            <Problem error={error}>{isNote ? 'The note was not added: ' : 'Not sent: '}</Problem>
          </div>
        )}
        <div className="flex flex-wrap items-center justify-end gap-2 px-2 pb-2">
          <AttachButton add={ofFiles.add} isSending={isPending} />
          <p className={`min-w-0 flex-1 truncate text-sm max-sm:hidden ${isNote ? 'text-on-note' : 'text-muted'}`}>
            {isNote ? 'Stays inside the team' : <Goes {...conversation} />}
          </p>
          {!isNote && (
            <Button onClick={() => send(true)} disabled={isPending || text.trim() === ''} title="Ctrl Shift Enter">
              Send and close
            </Button>
          )}
          <Button
            look={isNote ? 'note' : 'main'}
            onClick={() => send(false)}
            isBusy={isPending}
            disabled={text.trim() === ''}
            title="Ctrl Enter"
          >
            {isNote ? 'Add note' : 'Send'}
          </Button>
        </div>
      </div>
    </div>
  )
}

/** Once they are loaded. */
const peopleOf = ({ id, recipients, participants }: Shown) =>
  recipients && participants ? { id, recipients, participants } : undefined

/** To nobody: to whom the conversation says, which may be known by then. */
const withoutNobody = (chosen: Chosen | undefined) => {
  if (!chosen || chosen.to.length > 0) return chosen
  const { cc, bcc } = chosen
  return { cc, bcc }
}

/** How a reply reaches the customer. */
const Goes = ({ source, contact, replyTo }: Shown) => {
  if (source === 'CHAT') return <>In the chat</>
  const address = replyTo ?? addressOf(contact)
  if (address === undefined) return <>No address of {nameOf(contact)} is known: mail does not arrive</>
  return (
    <>
      By mail to <bdi>{address}</bdi>
    </>
  )
}

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1).toLowerCase()

/** Anybody can write any address into a mail: nobody answers to another domain without knowing. */
const Elsewhere = ({ source, contact, replyTo }: Shown) => {
  if (source === 'CHAT' || !replyTo || domainOf(replyTo) === domainOf(contact.email)) return null
  return (
    <p role="note" className="mx-3 mb-2 rounded-lg bg-danger-soft px-3 py-1.5 text-danger">
      The customer’s mail asks for answers to another domain. Your reply goes to{' '}
      <bdi className="font-medium">{replyTo}</bdi>
      {addressOf(contact) !== undefined && (
        <>
          , not to <bdi>{contact.email}</bdi>
        </>
      )}
      .
    </p>
  )
}

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
