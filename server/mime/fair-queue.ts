/**
 * What waits, by a path that says whose it is (a network, in it a sender): the networks get equal shares, in each its
 * senders, and what is one sender's comes in its order.
 */
export class FairQueue<T> {
  readonly #own: T[] = []
  readonly #parts = new Map<string, FairQueue<T>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  has([whose, ...rest]: readonly string[]): boolean {
    return whose === undefined ? this.#size > 0 : (this.#parts.get(whose)?.has(rest) ?? false)
  }

  add([whose, ...rest]: readonly string[], item: T): void {
    this.#size += 1
    if (whose === undefined) return void this.#own.push(item)
    let part = this.#parts.get(whose)
    if (!part) this.#parts.set(whose, (part = new FairQueue()))
    part.add(rest, item)
  }

  /** Undefined when nothing waits. */
  take(): T | undefined {
    if (this.#own.length > 0) {
      this.#size -= 1
      return this.#own.shift()
    }
    const [next] = this.#parts
    if (!next) return undefined
    const [whose, part] = next
    this.#size -= 1
    const item = part.take()
    this.#parts.delete(whose)
    // the last of all now
    if (part.size > 0) this.#parts.set(whose, part)
    return item
  }

  /** All of it, in the order in which it would be taken. */
  takeAll(): T[] {
    return Array.from({ length: this.#size }, () => this.take()!)
  }
}
