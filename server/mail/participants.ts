import { addParticipants, type Named } from '../conversations/participants.ts'
import type { Address } from '../conversations/schema.ts'
import type { Tx } from '../db/db.ts'
import { emailKey, isEmail } from '../email-address.ts'
import type { Addresses } from '../messages/addresses.ts'
import type { Mailbox } from '../mime/mailboxes.ts'
import type { People } from '../mime/parse.ts'
import { oursAmong } from './author.ts'

export const addressesOf = ({ from, replyTo, to, cc, bcc }: People): Addresses => ({
  from: from && asAddress(from),
  replyTo: replyTo.map(asAddress),
  to: to.map(asAddress),
  cc: cc.map(asAddress),
  bcc: bcc.map(asAddress),
})

const asAddress = ({ name, address }: Mailbox): Address => ({ name, email: address })

interface Took {
  conversationId: string
  contact: { emailKey: string | null }
  /** Who wrote it, unless it was us. */
  from: (Mailbox | null)[]
  mail: People
  /** Keys of further addresses of the team. */
  own: ReadonlySet<string>
  since: string
}

/** Whoever a mail is from or went to takes part in its conversation, but for the contact and our own addresses. */
export const keepParticipants = async (
  tx: Tx,
  workspaceId: string,
  { conversationId, contact, from, mail, own, since }: Took,
): Promise<void> => {
  const named = [
    ...from.map((mailbox) => ({ mailbox, role: 'FROM' as const })),
    ...mail.to.map((mailbox) => ({ mailbox, role: 'TO' as const })),
    ...mail.cc.map((mailbox) => ({ mailbox, role: 'CC' as const })),
    ...mail.bcc.map((mailbox) => ({ mailbox, role: 'BCC' as const })),
  ].flatMap(({ mailbox, role }) =>
    mailbox && isEmail(mailbox.address) && emailKey(mailbox.address) !== contact.emailKey ? [{ mailbox, role }] : [],
  )
  if (named.length === 0) return
  const mailboxes = named.map(({ mailbox }) => mailbox)
  const ours = await oursAmong(tx, { workspaceId, own }, mailboxes)
  const people = named.flatMap(({ mailbox, role }): Named[] =>
    ours.has(mailbox) ? [] : [{ address: asAddress(mailbox), role }],
  )
  await addParticipants(tx, workspaceId, { conversationId, people, since })
}
