interface Most {
  items: number
  /** Of all of them, in whatever the sizes are given in; one alone may be larger. */
  size: number
}

/** What an import has begun and not finished: enough to keep parser and disk busy, little enough for a small memory. */
export class UnderWay {
  readonly #most: Most
  #items = 0
  #size = 0
  #failure: { error: unknown } | undefined
  #onEnd = () => {}

  constructor(most: Most) {
    this.#most = most
  }

  /** Begins `work` as soon as there is room. Rejects with what one before it failed with. */
  async add(size: number, work: () => Promise<void>): Promise<void> {
    while (this.#items > 0 && (this.#items >= this.#most.items || this.#size + size > this.#most.size))
      await this.#oneEnds()
    this.#throwFailure()
    this.#items += 1
    this.#size += size
    void work()
      .catch((error: unknown) => void (this.#failure ??= { error }))
      .finally(() => {
        this.#items -= 1
        this.#size -= size
        this.#onEnd()
      })
  }

  /** Resolves when all has ended. */
  async ended(): Promise<void> {
    while (this.#items > 0) await this.#oneEnds()
    this.#throwFailure()
  }

  #oneEnds(): Promise<void> {
    return new Promise((resolve) => (this.#onEnd = resolve))
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error
  }
}
