import { useMemo } from 'react'
import { Link } from 'wouter'
import type { ContactStatus, Customer } from '../../server/contacts/schema.ts'
import { itemsOf } from '../pages.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Empty } from '../ui/empty.tsx'
import { NotLoaded } from '../ui/problem.tsx'
import { SkeletonList } from '../ui/skeleton.tsx'
import { Time } from '../ui/time.tsx'
import { VirtualList } from '../ui/virtual-list.tsx'
import { useCustomers } from './queries.ts'
import { nameOf } from './name.ts'

/** The customers, newest activity first, each with the latest conversation. */
export const ContactList = ({ status, openId }: { status: ContactStatus; openId: string | undefined }) => {
  const { data, error, refetch, ...more } = useCustomers(status)
  const items = useMemo(() => itemsOf(data), [data])
  if (error && !data) return <NotLoaded error={error} again={refetch} />
  if (!data) return <SkeletonList label="The contacts are being loaded." />
  if (items.length === 0)
    return (
      <div className="flex-1">
        {status === 'ACTIVE' ? (
          <Empty title="Nobody has written yet">
            Customers appear here when they write, when you import mail, or by New.
          </Empty>
        ) : (
          <Empty title="Nobody is archived">Archive a contact on its page.</Empty>
        )}
      </div>
    )
  return (
    <VirtualList
      items={items}
      idOf={({ contact }) => contact.id}
      hrefOf={({ contact }) => `/contacts/${contact.id}`}
      openId={openId}
      rowHeight={72}
      {...more}
    >
      {(customer, isOpen) => <Row customer={customer} isOpen={isOpen} />}
    </VirtualList>
  )
}

const Row = ({ customer: { contact, latestThread, threadCount }, isOpen }: { customer: Customer; isOpen: boolean }) => {
  const isUnread = latestThread !== null && latestThread.unreadCount > 0
  return (
    <Link
      href={`/contacts/${contact.id}`}
      aria-current={isOpen ? 'true' : undefined}
      className={`flex h-full gap-3 border-b border-line/60 px-4 py-2.5 focus-visible:-outline-offset-2 ${isOpen ? 'bg-chosen' : 'hover:bg-hover'}`}
    >
      <span className="pt-1">
        <Avatar name={nameOf(contact)} url={contact.avatarUrl} />
      </span>
      <span className="min-w-0 flex-1">
        <span className="flex items-baseline justify-between gap-2">
          <span dir="auto" className={`truncate ${isUnread ? 'font-semibold' : 'font-medium'}`}>
            {nameOf(contact)}
          </span>
          <span className="text-xs text-muted">{contact.lastMessageAt && <Time at={contact.lastMessageAt} />}</span>
        </span>
        <span className="flex justify-between gap-2 text-sm text-muted">
          <span dir="auto" className={`truncate ${isUnread ? 'text-ink' : ''}`}>
            {latestThread?.lastMessagePreview ?? contact.email}
          </span>
          {threadCount > 1 && <span title={`${threadCount} conversations`}>{threadCount}</span>}
        </span>
      </span>
    </Link>
  )
}
