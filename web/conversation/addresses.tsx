import type { Message } from '../../server/messages/schema.ts'
import { nameOf } from '../contacts/name.ts'

type Given = Pick<Message, 'direction' | 'from' | 'to' | 'cc' | 'bcc' | 'replyTo'>

const sameAddress = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

/** The participant who wrote a message themselves; undefined where the customer did, by whatever program. */
export const participantOf = ({ from, replyTo }: Pick<Given, 'from' | 'replyTo'>): string | undefined =>
  from && replyTo && sameAddress(from.email, replyTo) ? asText(from) : undefined

const asText = ({ name, email }: { name: string; email: string }): string =>
  name === '' ? email : nameOf({ name, email })

const fields = [
  ['to', 'To'],
  ['cc', 'Cc'],
  ['bcc', 'Bcc'],
] as const

/** A longer list opens when it is asked for. */
const shownMost = 6

/** Whom a mail is from, if that is not the customer's own address, and whom it went to, if there were several. */
export const Addresses = ({ message, customerEmail }: { message: Given; customerEmail: string }) => {
  const { direction, from, to, cc, bcc } = message
  const isFromElsewhere = direction === 'INBOUND' && from !== null && !sameAddress(from.email, customerEmail)
  const hasSeveral = to.length + cc.length + bcc.length > 1
  if (!isFromElsewhere && !hasSeveral) return null
  const lists = fields.filter(([field]) => message[field].length > 0)
  const isLong = to.length + cc.length + bcc.length > shownMost
  const all = lists.map(([field, label]) => (
    <span key={field} className="me-3">
      {label} <bdi>{message[field].map(asText).join(', ')}</bdi>{' '}
    </span>
  ))
  return (
    <div className="mb-1.5 text-sm break-words text-muted">
      {isFromElsewhere && (
        <p>
          From <bdi>{from.name === '' ? from.email : `“${from.name}” <${from.email}>`}</bdi>
        </p>
      )}
      {hasSeveral && !isLong && <p>{all}</p>}
      {hasSeveral && isLong && (
        <details>
          <summary className="min-h-6 cursor-pointer">To {to.length + cc.length + bcc.length} people</summary>
          <p>{all}</p>
        </details>
      )}
    </div>
  )
}
