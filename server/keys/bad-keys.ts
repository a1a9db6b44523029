import { limits } from '../config.ts'
import { fail } from '../errors.ts'
import { networkOf } from '../http/network.ts'

const minute = 60_000

/**
 * Counts bad keys by the address that they came from. Throws `too_many_bad_keys` (429) beyond 60 a minute.
 * Of more addresses than fit in the table, the first ones are counted until the minute is over.
 */
export const countBadKeys = (): ((address: string) => void) => {
  const counts = new Map<string, number>()
  let counted = 0
  return (address) => {
    const now = Date.now()
    if (Math.floor(now / minute) !== counted) {
      counted = Math.floor(now / minute)
      counts.clear()
    }
    const network = networkOf(address)
    const count = (counts.get(network) ?? 0) + 1
    if (counts.size < limits.badKeyAddresses || count > 1) counts.set(network, count)
    if (count > limits.badKeys) fail('too_many_bad_keys', { retryAfter: Math.ceil((minute - (now % minute)) / 1000) })
  }
}
