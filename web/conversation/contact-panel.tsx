import { useEffect, useRef } from 'react'
import { Link } from 'wouter'
import { addressOf } from '../contacts/address.ts'
import { nameOf } from '../contacts/name.ts'
import { useContact, useConversationsOf } from '../contacts/queries.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Button } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import { NotLoaded } from '../ui/problem.tsx'
import { SkeletonPage } from '../ui/skeleton.tsx'
import { Time } from '../ui/time.tsx'
import { panelId, type Panel } from './panel-state.ts'
import { State } from './state.tsx'

interface Given {
  contactId: string
  conversationId: string
  panel: Panel
}

/** Who it is: beside the conversation where there is room, else over it. */
export const ContactPanel = ({ contactId, conversationId, panel: { isBeside, setOpen } }: Given) => {
  const aside = useRef<HTMLElement>(null)
  useEffect(() => {
    // what lies over the conversation was asked for, and is where the keyboard goes on
    if (!isBeside) aside.current?.focus()
  }, [isBeside])
  return (
    <aside
      ref={aside}
      id={panelId}
      tabIndex={-1}
      aria-label="Contact"
      className={`scroll-pane shrink-0 print:hidden border-s border-line bg-surface p-5 outline-none ${
        isBeside ? 'w-64 2xl:w-72' : 'absolute inset-y-0 end-0 z-20 w-80 max-w-full shadow-raised'
      }`}
    >
      {!isBeside && (
        <Button look="bare" className="float-end -me-3 -mt-2 px-1.5!" onClick={() => setOpen(false)}>
          <Icon name="cross" />
          <span className="sr-only">Close the contact</span>
        </Button>
      )}
      <Details {...{ contactId, conversationId }} />
    </aside>
  )
}

const Details = ({ contactId, conversationId }: Omit<Given, 'panel'>) => {
  const { data: contact, error, refetch } = useContact(contactId)
  const conversations = useConversationsOf(contactId)
  if (error && !contact) return <NotLoaded error={error} again={refetch} />
  if (!contact) return <SkeletonPage label="The contact is being loaded." />
  const others = conversations.filter(({ id }) => id !== conversationId)
  return (
    <>
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
    </>
  )
}

const Line = ({ name, value }: { name: string; value: string | null }) =>
  value === null ? null : (
    <div>
      <dt className="text-muted">{name}</dt>
      <dd className="break-words">{value}</dd>
    </div>
  )
