import { limits } from '../config.ts'
import { fail } from '../errors.ts'

/**
 * Counts posts by client address and by form. Throws `too_many_posts` (429) beyond what one window takes. Of more addresses
 * than fit in the table, the first ones are counted until the window is over; the form's own count holds all the same.
 */
export const countPosts = (): ((from: { address: string; form: string }) => void) => {
  const counts = new Map<string, number>()
  let counted = 0
  const count = (key: string, most: number) => {
    const now = Date.now()
    const number = (counts.get(key) ?? 0) + 1
    if (number > 1 || counts.size < limits.formAddresses) counts.set(key, number)
    if (number > most)
      fail('too_many_posts', { minutes: Math.ceil((limits.formWindow - (now % limits.formWindow)) / 60_000) })
  }
  return ({ address, form }) => {
    const window = Math.floor(Date.now() / limits.formWindow)
    if (window !== counted) counts.clear()
    counted = window
    count(networkOf(address), limits.formPostsOfAddress)
    count(form, limits.formPostsOfForm)
  }
}

/** An IPv4 address; of IPv6 the first 64 bits, all of which one client commonly has. */
const networkOf = (address: string): string => {
  if (!address.includes(':')) return address
  if (address.includes('.')) return address.slice(address.lastIndexOf(':') + 1)
  return address.split('::')[0]!.split(':').slice(0, 4).join(':')
}
