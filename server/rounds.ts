/** What waits, taken from each of those whose it is in turn, and of each in its order. */
export class Rounds<T> {
  readonly #waiting = new Map<string, T[]>()
  #size = 0

  get size(): number {
    return this.#size
  }

  has(whose: string): boolean {
    return this.#waiting.has(whose)
  }

  add(whose: string, item: T): void {
    const items = this.#waiting.get(whose)
    if (items) items.push(item)
    else this.#waiting.set(whose, [item])
    this.#size += 1
  }

  /** Undefined when nothing waits. */
  take(): T | undefined {
    const [next] = this.#waiting
    if (!next) return undefined
    const [whose, items] = next
    const item = items.shift()
    this.#waiting.delete(whose)
    // the last of all now
    if (items.length > 0) this.#waiting.set(whose, items)
    this.#size -= 1
    return item
  }
}
