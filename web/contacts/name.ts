import type { Contact } from '../../server/contacts/schema.ts'
import { addressOf } from './address.ts'

// what is not seen, and what turns the direction of a text around
const unseen = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu
const around = /^[^\p{L}\p{N}@]+|[^\p{L}\p{N}@]+$/gu
const domain = /(?:[\p{L}\p{M}\p{N}-]{2}\.\p{L}{2,}|\.(?:com|net|org))$/u

/**
 * How a contact is called. A name that looks like an address that is not theirs stands behind their own, in quotation marks:
 * anybody can call themselves anything.
 */
export const nameOf = (contact: Pick<Contact, 'name' | 'email'>): string => {
  const own = addressOf(contact)
  if (!isMisleading(contact.name, own)) return contact.name
  return `${own ?? 'No address'} “${contact.name.replace(unseen, '')}”`
}

/** Whether a name has an address or a domain in it that is not in the person's own address. */
export const isMisleading = (name: string, own = ''): boolean => {
  const known = own.toLowerCase()
  const words = name
    .normalize('NFKC')
    .replace(unseen, '')
    .toLowerCase()
    .split(/[^\p{L}\p{M}\p{N}@._+-]+/u)
  return words
    .map((word) => word.replace(around, ''))
    .some((word) => (word.includes('@') ? word !== known : domain.test(word) && !known.includes(word)))
}
