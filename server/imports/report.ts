export interface Problem {
  place: string
  reason: string
}

/** What an import did. `read` = `stored` + `duplicates` + `failed`. */
export class Report {
  read = 0
  stored = 0
  duplicates = 0
  contacts = 0
  conversations = 0
  readonly failures: Problem[] = []
  /** Stored and visible, but not taken apart. */
  readonly unreadable: Problem[] = []
  readonly #each: ((report: Report) => void) | undefined

  constructor(each?: (report: Report) => void) {
    this.#each = each
  }

  get failed(): number {
    return this.failures.length
  }

  count(what: 'stored' | 'duplicates', made: { contact?: boolean; conversation?: boolean } = {}): void {
    this.read += 1
    this[what] += 1
    if (made.contact) this.contacts += 1
    if (made.conversation) this.conversations += 1
    this.#each?.(this)
  }

  fail(place: string, reason: string): void {
    this.read += 1
    this.failures.push({ place, reason })
    this.#each?.(this)
  }

  toJSON(): object {
    const { read, stored, duplicates, failed, contacts, conversations, failures, unreadable } = this
    return { read, stored, duplicates, failed, contacts, conversations, failures, unreadable }
  }
}
