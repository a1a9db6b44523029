import type { Row } from './db.ts'
import { Reader } from './reader.ts'
import type { Sql } from './sql.ts'

/** Readers that take turns under load; others are needed while several syncs are slow. KiB of pages that each keeps. */
const usual = 2
const usualCache = 8000
const otherCache = 2000

/** Point 3 of docs/write-path.md: reads see the newest state that is on the disk. */
export class Readers {
  readonly #file: string
  readonly #idle: Reader[]
  /** Oldest state first. */
  readonly #held: Reader[] = []

  constructor(file: string) {
    this.#file = file
    this.#idle = [new Reader(file, usualCache)]
  }

  one<T extends Row>(query: Sql): T | undefined {
    return this.#current.one(query)
  }

  many<T extends Row>(query: Sql): T[] {
    return this.#current.many(query)
  }

  /**
   * Keeps reads on the state of now, or on an older one that is held already; the function it returns lets this one go.
   * A second connection is opened when a second state has to be held.
   */
  hold(): () => void {
    const reader = this.#idle.shift() ?? this.#another()
    const letGo = reader.hold()
    this.#held.push(reader)
    return () => {
      letGo()
      this.#held.splice(this.#held.indexOf(reader), 1)
      this.#idle.unshift(reader)
    }
  }

  close(): void {
    for (const reader of [...this.#held, ...this.#idle]) reader.close()
  }

  #another(): Reader {
    return new Reader(this.#file, this.#held.length < usual ? usualCache : otherCache)
  }

  get #current(): Reader {
    return this.#held[0] ?? this.#idle[0]!
  }
}
