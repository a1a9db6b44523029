import { Link } from 'wouter'
import { addressOf } from '../contacts/address.ts'
import { nameOf } from '../contacts/name.ts'
import { useContact, useConversationsOf } from '../contacts/queries.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Time } from '../ui/time.tsx'
import { State } from './state.tsx'

/** Who it is, beside the conversation, where there is room. */
export const ContactPanel = ({ contactId, conversationId }: { contactId: string; conversationId: string }) => {
  const { data: contact } = useContact(contactId)
  const conversations = useConversationsOf(contactId)
  if (!contact) return <aside className="hidden w-72 shrink-0 border-s border-line min-[1400px]:block print:hidden" />
  const others = conversations.filter(({ id }) => id !== conversationId)
  return (
    <aside
      aria-label="Contact"
      className="scroll-pane hidden w-72 shrink-0 border-s border-line p-5 min-[1400px]:block print:hidden"
    >
      <div className="mb-4 flex items-center gap-3">
        <Avatar name={nameOf(contact)} url={contact.avatarUrl} />
        <div className="min-w-0">
          <Link
            href={`/contacts/${contact.id}`}
            className="block truncate text-left font-semibold hover:underline"
            dir="auto"
          >
            {nameOf(contact)}
          </Link>
          {contact.status === 'ARCHIVED' && <p className="text-sm text-muted">Archived</p>}
        </div>
      </div>
      <dl className="grid gap-2 text-sm">
        <Line name="Email" value={addressOf(contact) ?? 'not known yet'} />
        <Line name="Phone" value={contact.phone} />
        <div>
          <dt className="text-muted">Since</dt>
          <dd>
            <Time at={contact.createdAt} />
          </dd>
        </div>
      </dl>
      {others.length > 0 && (
        <section className="mt-6">
          <h3 className="mb-2 text-sm text-muted">Other conversations</h3>
          <ul className="-mx-2 grid">
            {others.slice(0, 8).map(({ id, subject, status, lastMessageAt }) => (
              <li key={id}>
                <Link
                  href={`/inbox/${status.toLowerCase()}/${id}`}
                  className="block rounded-lg px-2 py-1.5 hover:bg-hover"
                >
                  <span dir="auto" className="block truncate text-left">
                    {subject || '(no subject)'}
                  </span>
                  <span className="text-sm text-muted">
                    <State {...{ status, lastMessageAt }} />
                  </span>
                </Link>
              </li>
            ))}
          </ul>
        </section>
      )}
    </aside>
  )
}

const Line = ({ name, value }: { name: string; value: string | null }) =>
  value === null ? null : (
    <div>
      <dt className="text-muted">{name}</dt>
      <dd className="break-words">{value}</dd>
    </div>
  )
