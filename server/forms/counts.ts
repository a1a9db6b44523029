import { limits } from '../config.ts'
import { networkOf } from '../http/network.ts'

/**
 * Counts posts by client address and by form. What it makes answers the minutes until the next window, where this one has
 * taken all that it takes. Of more addresses than fit in the table, the first ones are counted until the window is over; the
 * form's own count holds all the same.
 */
export const countPosts = (): ((from: { address: string; form: string }) => number | undefined) => {
  const counts = new Map<string, number>()
  let counted = 0
  const isBeyond = (key: string, most: number): boolean => {
    const number = (counts.get(key) ?? 0) + 1
    if (number > 1 || counts.size < limits.formAddresses) counts.set(key, number)
    return number > most
  }
  return ({ address, form }) => {
    const now = Date.now()
    const window = Math.floor(now / limits.formWindow)
    if (window !== counted) counts.clear()
    counted = window
    if (!isBeyond(networkOf(address), limits.formPostsOfAddress) && !isBeyond(form, limits.formPostsOfForm))
      return undefined
    return Math.ceil((limits.formWindow - (now % limits.formWindow)) / 60_000)
  }
}
