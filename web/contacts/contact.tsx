import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { Contact as Shown } from '../../server/contacts/schema.ts'
import { Failure, patch } from '../api.ts'
import { client } from '../client.ts'
import { useKeys } from '../keyboard/keys.ts'
import { useMe } from '../session/session.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Button, buttonClass } from '../ui/button.tsx'
import { Empty } from '../ui/empty.tsx'
import { Icon } from '../ui/icon.tsx'
import { NotLoaded } from '../ui/problem.tsx'
import { SkeletonPage } from '../ui/skeleton.tsx'
import { Time } from '../ui/time.tsx'
import { useToasts } from '../ui/toasts.tsx'
import { StartConversation } from '../conversation/start.tsx'
import { State } from '../conversation/state.tsx'
import { addressOf } from './address.ts'
import { nameOf } from './name.ts'
import { DeleteContact } from './delete-contact.tsx'
import { EditContact } from './edit-contact.tsx'
import { useContact, useConversationsOf } from './queries.ts'

const sources = {
  EMAIL: 'by mail',
  CHAT: 'by chat',
  FORM: 'by a form',
  API: 'by the API',
  IMPORT: 'by an import',
} as const

export const Contact = ({ id }: { id: string }) => {
  const [, go] = useLocation()
  const { data: contact, error, refetch } = useContact(id)
  useKeys({ Escape: () => go('/contacts') })
  if (error instanceof Failure && error.status === 404)
    return (
      <div className="flex-1">
        <Empty title="This contact is gone">It was deleted, or the link is wrong.</Empty>
      </div>
    )
  if (error && !contact) return <NotLoaded error={error} again={refetch} />
  return contact ? <Known contact={contact} /> : <SkeletonPage label="The contact is being loaded." />
}

const Known = ({ contact }: { contact: Shown }) => {
  const { isAdmin } = useMe()
  const { failed } = useToasts()
  const [open, setOpen] = useState<'write' | 'edit' | 'delete'>()
  const conversations = useConversationsOf(contact.id)
  const address = addressOf(contact)
  const isArchived = contact.status === 'ARCHIVED'
  const archive = useMutation({
    mutationFn: () =>
      patch<{ contact: Shown }>(`/contacts/${contact.id}`, { status: isArchived ? 'ACTIVE' : 'ARCHIVED' }),
    onSuccess: ({ contact: changed }) => {
      client.setQueryData(['contact', contact.id], changed)
      void client.invalidateQueries({ queryKey: ['customers'] })
    },
    onError: failed('Not changed.'),
  })
  return (
    <div className="scroll-pane flex-1 px-4 py-4 md:px-8 md:py-6">
      <div className="mx-auto max-w-3xl">
        <header className="mb-6 flex flex-wrap items-center gap-3">
          <Link
            href="/contacts"
            aria-label="Back to the list"
            className={buttonClass('bare', 'md:hidden -ms-2 px-1.5!')}
          >
            <Icon name="back" />
          </Link>
          <Avatar name={nameOf(contact)} url={contact.avatarUrl} />
          <div className="me-auto min-w-0">
            <h2 dir="auto" className="truncate text-left text-xl leading-tight font-semibold">
              {nameOf(contact)}
            </h2>
            <p className="text-sm text-muted">
              {isArchived ? 'Archived. ' : ''}Came {sources[contact.source]}, <Time at={contact.createdAt} />
            </p>
          </div>
          <div className="flex gap-2">
            {address !== undefined && <Button onClick={() => setOpen('write')}>Write</Button>}
            <Button onClick={() => setOpen('edit')}>Edit</Button>
            <Button onClick={() => archive.mutate()} disabled={archive.isPending}>
              {isArchived ? 'Unarchive' : 'Archive'}
            </Button>
            {isAdmin && (
              <Button look="danger" onClick={() => setOpen('delete')}>
                Delete
              </Button>
            )}
          </div>
        </header>
        <dl className="mb-8 grid gap-x-8 gap-y-3 sm:grid-cols-2">
          <div>
            <dt className="text-sm text-muted">Email</dt>
            <dd className="break-words">{address ?? 'Not known yet'}</dd>
          </div>
          <div>
            <dt className="text-sm text-muted">Phone</dt>
            <dd>{contact.phone ?? 'Not known yet'}</dd>
          </div>
        </dl>
        <h3 className="mb-2 font-semibold">Conversations</h3>
        {conversations.length === 0 ? (
          <p className="text-muted">None yet.</p>
        ) : (
          <ul className="divide-y divide-line rounded-xl border border-line">
            {conversations.map(({ id, status, subject, lastMessageAt, lastMessagePreview, isUnread }) => (
              <li key={id}>
                <Link
                  href={`/inbox/${status.toLowerCase()}/${id}`}
                  className="block px-4 py-2.5 first:rounded-t-xl hover:bg-hover"
                >
                  <span className="flex items-baseline justify-between gap-3">
                    <span dir="auto" className={`truncate ${isUnread ? 'font-semibold' : 'font-medium'}`}>
                      {subject || '(no subject)'}
                    </span>
                    <span className="text-sm whitespace-nowrap text-muted">
                      <State {...{ status, lastMessageAt }} />
                    </span>
                  </span>
                  <span dir="auto" className="block truncate text-left text-sm text-muted">
                    {lastMessagePreview}
                  </span>
                </Link>
              </li>
            ))}
          </ul>
        )}
      </div>
      <StartConversation contact={contact} isOpen={open === 'write'} close={() => setOpen(undefined)} />
      <EditContact contact={contact} isOpen={open === 'edit'} close={() => setOpen(undefined)} />
      <DeleteContact {...{ contact, conversations }} isOpen={open === 'delete'} close={() => setOpen(undefined)} />
    </div>
  )
}
