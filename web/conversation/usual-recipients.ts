import type { DetailedConversation } from '../../server/conversations/schema.ts'
import type { Chosen } from '../draft-storage.ts'

export type People = Pick<DetailedConversation, 'id' | 'recipients' | 'participants'>

const emailsOf = (addresses: { email: string }[]) => addresses.map(({ email }) => email)

/** Whom a reply goes to, unless its author changes it. */
export const usualOf = ({ recipients: { to, cc } }: People): Chosen => ({ to: emailsOf(to), cc: emailsOf(cc), bcc: [] })
