const minute = 60_000

/** So many a minute for each key, as a bucket that fills up again steadily. Remembers the `keysMost` newest keys. */
export class Rate {
  readonly #perMinute: number
  readonly #keysMost: number
  readonly #buckets = new Map<string, { tokens: number; at: number }>()

  constructor(perMinute: number, keysMost: number) {
    this.#perMinute = perMinute
    this.#keysMost = keysMost
  }

  /** Takes one; 0, or the seconds to wait where none is left. */
  take(key: string): number {
    const now = performance.now()
    const { tokens, at } = this.#buckets.get(key) ?? { tokens: this.#perMinute, at: now }
    const left = Math.min(this.#perMinute, tokens + ((now - at) * this.#perMinute) / minute)
    const isAllowed = left >= 1
    // put in anew: the one that was used longest ago is the first
    this.#buckets.delete(key)
    this.#buckets.set(key, { tokens: isAllowed ? left - 1 : left, at: now })
    if (this.#buckets.size > this.#keysMost) this.#buckets.delete(this.#buckets.keys().next().value!)
    return isAllowed ? 0 : Math.ceil(((1 - left) * minute) / this.#perMinute / 1000)
  }
}

/** Whom an address is counted as: whoever has one IPv6 address has the whole /64. */
export const networkOf = (address: string): string => {
  // IPv4, also as IPv6 writes it
  if (address.includes('.')) return address
  const [head = '', tail] = address.split('%')[0]!.split('::')
  const groups = (text = '') => text.split(':').filter((group) => group !== '')
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length
  return [...groups(head), ...Array<string>(Math.max(0, missing)).fill('0'), ...groups(tail)].slice(0, 4).join(':')
}
