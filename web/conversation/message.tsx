import { lazy, memo, Suspense, useState } from 'react'
import type { Message as Given } from '../../server/messages/schema.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Icon } from '../ui/icon.tsx'
import { Menu } from '../ui/menu.tsx'
import { inWords } from '../ui/field-names.ts'
import { Clock, Time } from '../ui/time.tsx'
import { Addresses } from './addresses.tsx'
import { Attachments, isInline } from './attachments.tsx'
import { Failed } from './failed.tsx'
import { MailFrame } from './mail-frame.tsx'
import type { Shown } from './picture.tsx'
import { Text } from './text.tsx'

// a first screen shows none of them
const Original = lazy(async () => ({ default: (await import('./original.tsx')).Original }))
const Picture = lazy(async () => ({ default: (await import('./picture.tsx')).Picture }))

interface Written {
  conversationId: string
  message: Given
  author: string
  customerEmail: string
  /** Writes it anew where it was not delivered. */
  edit(message: Given): void
}

const looks = {
  customer: 'border-line bg-surface me-6 lg:me-14',
  team: 'border-transparent bg-sent ms-6 lg:ms-14',
  note: 'border-note-line bg-note ms-6 lg:ms-14',
}

export const Message = memo(({ conversationId, message, author, customerEmail, edit }: Written) => {
  const [picture, show] = useState<Shown>()
  const [isOriginal, setOriginal] = useState(false)
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
        {message.hasRawMail && <More showOriginal={() => setOriginal(true)} />}
      </header>
      <Addresses {...{ message, customerEmail }} />
      {claimsToBeOurs && (
        <p className="mb-1.5 rounded-lg bg-danger-soft px-3 py-1.5 text-danger">
          This mail claims to be from your team. Nothing proves that.
        </p>
      )}
      {isMail ? (
        <MailFrame {...{ conversationId, message, author, show }} />
      ) : (
        <Text text={contentText} hasLinks={!isSystem} />
      )}
      {isSystem && attachments.length > 0 && <p className="mt-3 text-sm text-muted">Files from outside:</p>}
      <Attachments
        {...{ conversationId, show }}
        attachments={isMail ? attachments.filter((attachment) => !isInline(attachment, contentHtml)) : attachments}
        messageId={id}
        hasPictures={!isSystem}
      />
      {message.lastError !== null && (
        <p className="mt-2 rounded-lg border border-line bg-surface px-3 py-1.5">
          <span className="font-medium">Not sent yet:</span> {inWords(message.lastError)}
        </p>
      )}
      {message.status === 'FAILED' && <Failed {...{ conversationId, message, edit }} />}
      <Suspense>
        {picture && <Picture {...picture} close={() => show(undefined)} />}
        {isOriginal && <Original {...{ conversationId }} messageId={id} close={() => setOriginal(false)} />}
      </Suspense>
    </article>
  )
})

const More = ({ showOriginal }: { showOriginal(): void }) => (
  <Menu
    className="-me-2 grid size-6 shrink-0 place-items-center rounded-md text-muted hover:bg-hover hover:text-ink print:hidden"
    title="More"
    button={
      <>
        <Icon name="more" />
        <span className="sr-only">More about this message</span>
      </>
    }
    choices={[{ text: 'Show original', act: showOriginal }]}
  />
)

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
