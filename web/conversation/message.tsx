import { memo } from 'react'
import type { Message as Given } from '../../server/messages/schema.ts'
import { Avatar } from '../ui/avatar.tsx'
import { inWords } from '../ui/field-names.ts'
import { Clock, Time } from '../ui/time.tsx'
import { Attachments } from './attachments.tsx'
import { MailFrame } from './mail-frame.tsx'
import { Text } from './text.tsx'

interface Written {
  conversationId: string
  message: Given
  author: string
}

const looks = {
  customer: 'border-line bg-surface me-6 lg:me-14',
  team: 'border-transparent bg-sent ms-6 lg:ms-14',
  note: 'border-note-line bg-note ms-6 lg:ms-14',
}

export const Message = memo(({ conversationId, message, author }: Written) => {
  const {
    id,
    direction,
    senderType,
    note,
    contentText,
    contentHtml,
    attachments,
    createdAt,
    isAutomatic,
    from,
    claimsToBeOurs,
  } = message
  const isMail = contentHtml !== null && direction !== 'OUTBOUND'
  const isSystem = senderType === 'SYSTEM'
  return (
    <article
      aria-label={note ? `Internal note of ${author}` : `Message of ${author}`}
      className={`rounded-xl border px-4 py-3 ${looks[note ? 'note' : direction === 'INBOUND' || isSystem ? 'customer' : 'team']}`}
    >
      <header className="mb-1.5 flex items-center gap-2">
        <Avatar name={author} isSmall />
        <span dir="auto" className="truncate font-medium">
          {author}
        </span>
        {note && (
          <span className="rounded bg-note-strong px-1.5 text-xs font-medium text-on-accent">Internal note</span>
        )}
        {isAutomatic && <span className="rounded border border-line px-1.5 text-xs text-muted">Automatic</span>}
        <span className="ms-auto flex gap-2 text-sm text-muted">
          {direction === 'OUTBOUND' && <Delivery {...message} />}
          <Time at={createdAt} isLong />
        </span>
      </header>
      {from !== null && (
        <p className="mb-1.5 text-sm text-muted">
          From <bdi>{from.name === '' ? from.email : `“${from.name}” <${from.email}>`}</bdi>
        </p>
      )}
      {claimsToBeOurs && (
        <p className="mb-1.5 rounded-lg bg-danger-soft px-3 py-1.5 text-danger">
          This mail claims to be from your team. Nothing proves that.
        </p>
      )}
      {isMail ? (
        <MailFrame {...{ conversationId, message, author }} />
      ) : (
        <Text text={contentText} hasLinks={!isSystem} />
      )}
      {isSystem && attachments.length > 0 && <p className="mt-3 text-sm text-muted">Files from outside:</p>}
      <Attachments {...{ conversationId, attachments }} messageId={id} hasPictures={!isSystem} />
      {message.lastError !== null && (
        <p className="mt-2 rounded-lg border border-line bg-surface px-3 py-1.5">
          <span className="font-medium">Not sent yet:</span> {inWords(message.lastError)}
        </p>
      )}
      {message.status === 'FAILED' && (
        <p className="mt-2 rounded-lg bg-danger-soft px-3 py-1.5 text-danger">
          Not delivered: {message.failureReason ?? 'the mail server gave no reason.'}
        </p>
      )}
    </article>
  )
})

const states = { PENDING: 'Sending', SENT: 'Sent', FAILED: 'Not delivered' } as const

const Delivery = ({ status, nextAttemptAt }: Given) => (
  <span className={status === 'FAILED' ? 'text-danger' : ''}>
    {states[status]}
    {nextAttemptAt !== null && (
      <>
        , next try at <Clock at={nextAttemptAt} />
      </>
    )}
  </span>
)
