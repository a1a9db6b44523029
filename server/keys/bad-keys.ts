import { limits } from '../limits.ts'
import { fail } from '../errors.ts'
import { networkOf } from '../http/network.ts'
import { shared, type Rates } from '../http/rates.ts'

/** Counts bad keys by the address that they came from. Throws `too_many_bad_keys` (429) beyond 60 a minute. */
export const countBadKeys = (rates: Rates): ((address: string) => void) => {
  const rate = shared(rates, 'bad keys', { most: limits.badKeys, keysMost: limits.badKeyAddresses })
  return (address) => {
    const retryAfter = rate.wait(networkOf(address))
    if (retryAfter > 0) fail('too_many_bad_keys', { retryAfter })
  }
}
