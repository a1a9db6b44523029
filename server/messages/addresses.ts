import type { Address } from '../conversations/schema.ts'

/** Whom a mail is from and goes to, as it says itself. Stored with its message as JSON. */
export interface Addresses {
  /** Of a reply: null until it leaves. */
  from: Address | null
  replyTo: Address[]
  to: Address[]
  cc: Address[]
  bcc: Address[]
}

/** What the API returns of them. */
export type Shown = Pick<Addresses, 'from' | 'to' | 'cc' | 'bcc'>

interface Stored {
  addresses: string | null
  fromName: string | null
  fromEmail: string | null
  mailTo: string | null
}

/** Messages of earlier versions have who they are from and went to in columns. */
export const shownAddresses = ({ addresses, fromName, fromEmail, mailTo }: Stored): Shown => {
  if (addresses !== null) {
    const { from, to, cc, bcc } = JSON.parse(addresses) as Addresses
    return { from, to, cc, bcc }
  }
  const from = fromEmail === null ? null : { name: fromName ?? '', email: fromEmail }
  return { from, to: mailTo === null ? [] : [{ name: '', email: mailTo }], cc: [], bcc: [] }
}

/** Everybody it went to. */
export const recipientsIn = ({ to, cc, bcc }: Pick<Addresses, 'to' | 'cc' | 'bcc'>): Address[] => [...to, ...cc, ...bcc]
