import { limits } from '../limits.ts'
import { networkOf } from '../http/network.ts'
import { shared, type Rates } from '../http/rates.ts'

/** Counts posts by client address and by form. What it makes answers the minutes to wait, where there were too many. */
export const countPosts = (rates: Rates): ((from: { address: string; form: string }) => number | undefined) => {
  const limit = { every: limits.formWindow, keysMost: limits.formAddresses }
  const ofAddress = shared(rates, 'posts of an address', { most: limits.formPostsOfAddress, ...limit })
  const ofForm = shared(rates, 'posts of a form', { most: limits.formPostsOfForm, ...limit })
  return ({ address, form }) => {
    const seconds = ofAddress.wait(networkOf(address)) || ofForm.wait(form)
    return seconds === 0 ? undefined : Math.ceil(seconds / 60)
  }
}
