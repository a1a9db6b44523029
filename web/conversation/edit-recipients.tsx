import { remove } from '../api.ts'
import { nameOf } from '../contacts/name.ts'
import type { Chosen } from '../draft-storage.ts'
import { Icon } from '../ui/icon.tsx'
import { useToasts } from '../ui/toasts.tsx'
import { AddressField } from './address-field.tsx'
import type { People } from './usual-recipients.ts'

export interface Given {
  conversation: People
  /** Whom the reply goes to. */
  chosen: Chosen
  choose(chosen: Chosen): void
  isSending: boolean
}

export const fields = [
  ['to', 'To'],
  ['cc', 'Cc'],
  ['bcc', 'Bcc'],
] as const

/** The name that is known, else the address. */
export const callOf = ({ participants, recipients }: People, email: string): string => {
  const isMeant = (one: { email: string }) => one.email.toLowerCase() === email.toLowerCase()
  const known = [...participants, ...recipients.to, ...recipients.cc].find(isMeant)
  return known && known.name !== '' ? nameOf({ name: known.name, email }) : email
}

/** To, Cc and Bcc of a reply, each a list of people. */
export const EditRecipients = ({ conversation, chosen, choose, isSending }: Given) => {
  const { failed } = useToasts()
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
    <div className="grid gap-1 pb-1">
      {fields.map(([field, label]) => (
        <div key={field} role="group" aria-label={label} className="flex flex-wrap items-center gap-1">
          <span className="w-9 shrink-0 px-1 text-muted">{label}</span>
          {chosen[field].map((email) => (
            <span
              key={email}
              title={email}
              className="flex max-w-full items-center gap-1 rounded-md border border-line bg-chosen ps-2"
            >
              <bdi className="truncate">{callOf(conversation, email)}</bdi>
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
  )
}
