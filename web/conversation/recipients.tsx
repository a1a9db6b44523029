import { useId, useState } from 'react'
import type { DetailedConversation } from '../../server/conversations/schema.ts'
import { remove } from '../api.ts'
import type { Chosen } from '../draft-storage.ts'
import { Icon } from '../ui/icon.tsx'
import { useToasts } from '../ui/toasts.tsx'
import { AddressField } from './address-field.tsx'

type People = Pick<DetailedConversation, 'id' | 'recipients' | 'participants'>

interface Given {
  conversation: People
  /** Whom the reply goes to. */
  chosen: Chosen
  choose(chosen: Chosen): void
  isSending: boolean
}

const fields = [
  ['to', 'To'],
  ['cc', 'Cc'],
  ['bcc', 'Bcc'],
] as const

const emailsOf = (addresses: { email: string }[]) => addresses.map(({ email }) => email)

/** Whom a reply goes to, unless its author changes it. */
export const usualOf = ({ recipients: { to, cc } }: People): Chosen => ({ to: emailsOf(to), cc: emailsOf(cc), bcc: [] })

/** Whom a reply by mail goes to: one line, which opens to be changed. */
export const Recipients = ({ conversation, chosen, choose, isSending }: Given) => {
  const [isOpen, setOpen] = useState(false)
  const { failed } = useToasts()
  const id = useId()
  const nameOf = (email: string) => knownName(conversation, email) || email
  const add = (field: keyof Chosen, emails: string[]) =>
    choose({ ...chosen, [field]: [...new Set([...chosen[field], ...emails])] })
  /** Whoever takes part gets no later reply either. */
  const takeOff = (field: keyof Chosen, email: string) => {
    choose({ ...chosen, [field]: chosen[field].filter((each) => each !== email) })
    if (!conversation.participants.some((one) => one.email === email && one.role !== 'CONTACT')) return
    remove(`/conversations/${conversation.id}/participants/${encodeURIComponent(email)}`).catch(
      failed(`${email} was not removed from the conversation.`),
    )
  }
  return (
    <div className="px-3 pt-1 text-sm">
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
        className="flex min-h-6 w-full min-w-0 items-center gap-1.5 rounded-md px-1 text-start text-muted hover:text-ink"
      >
        <span className="truncate">
          {fields.map(([field, label]) =>
            chosen[field].length === 0 ? null : (
              <span key={field} className="me-3">
                {label} <bdi className="text-ink">{chosen[field].map(nameOf).join(', ')}</bdi>{' '}
              </span>
            ),
          )}
          {fields.every(([field]) => chosen[field].length === 0) && 'To: nobody yet'}
        </span>
        <span className="ms-auto shrink-0">{isOpen ? 'Done' : 'Change'}</span>
      </button>
      <div id={id} hidden={!isOpen} className="grid gap-1 pb-1">
        {isOpen &&
          fields.map(([field, label]) => (
            <div key={field} role="group" aria-label={label} className="flex flex-wrap items-center gap-1">
              <span className="w-9 shrink-0 px-1 text-muted">{label}</span>
              {chosen[field].map((email) => (
                <span
                  key={email}
                  title={email}
                  className="flex max-w-full items-center gap-1 rounded-md border border-line bg-chosen ps-2"
                >
                  <bdi className="truncate">{nameOf(email)}</bdi>
                  <button
                    type="button"
                    disabled={isSending}
                    aria-label={`Remove ${email} from ${label}`}
                    onClick={() => takeOff(field, email)}
                    className="grid size-6 place-items-center rounded-md text-muted hover:text-ink"
                  >
                    <Icon name="cross" />
                  </button>
                </span>
              ))}
              <AddressField label={`Add to ${label}`} isDisabled={isSending} add={(emails) => add(field, emails)} />
            </div>
          ))}
      </div>
    </div>
  )
}

const knownName = ({ participants, recipients }: People, email: string): string => {
  const isMeant = (one: { email: string }) => one.email.toLowerCase() === email.toLowerCase()
  return [...participants, ...recipients.to, ...recipients.cc].find(isMeant)?.name ?? ''
}
