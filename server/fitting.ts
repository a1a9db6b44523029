/**
 * How many things fit into a time, learned from how long those before took: half as many after a round that took too long;
 * after a full one twice as many if it took less than half the time, else some more.
 */
export class Fitting {
  #value: number
  readonly #most: number

  constructor({ first, most }: { first: number; most: number }) {
    this.#value = first
    this.#most = most
  }

  get value(): number {
    return this.#value
  }

  /** A round of `done` things took `took` where it should take `time`, both in the same unit. */
  learn(done: number, { took, time }: { took: number; time: number }): void {
    if (took > time) this.#value = Math.max(1, Math.floor(done / 2))
    else if (done === this.#value)
      this.#value = Math.min(this.#most, done + (took < time / 2 ? done : Math.ceil(done / 8)))
  }
}
