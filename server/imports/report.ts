import { noneLeftOut, type LeftOut } from './left-out.ts'

export interface Problem {
  place: string
  reason: string
}

/** What an import did. `read` = `stored` + `duplicates` + `failed` + what was left out. */
export class Report {
  stored = 0
  /** How far the file was read, for who waits for its end. */
  bytesRead = 0
  contacts = 0
  conversations = 0
  readonly failures: Problem[] = []
  /** Contacts that were there already and got what they lacked; counted among those, too. */
  updated = 0
  /** Stored and visible, but not as a person would expect it. */
  readonly notices: Problem[] = []
  /** What was there already, and as which message or contact. */
  readonly alreadyThere: { place: string; id: string }[] = []
  readonly leftOut: Record<LeftOut, number> = { ...noneLeftOut }
  readonly #each: (report: Report) => void

  constructor(each: (report: Report) => void) {
    this.#each = each
  }

  get read(): number {
    return this.stored + this.duplicates + this.failed + this.leftOutInAll
  }

  get duplicates(): number {
    return this.alreadyThere.length
  }

  get failed(): number {
    return this.failures.length
  }

  get leftOutInAll(): number {
    return Object.values(this.leftOut).reduce((sum, count) => sum + count, 0)
  }

  store(made: { contact?: boolean; conversation?: boolean }): void {
    this.stored += 1
    if (made.contact) this.contacts += 1
    if (made.conversation) this.conversations += 1
    this.#each(this)
  }

  repeat(place: string, id: string): void {
    this.alreadyThere.push({ place, id })
    this.#each(this)
  }

  leaveOut(reason: LeftOut): void {
    this.leftOut[reason] += 1
    this.#each(this)
  }

  fail(place: string, reason: string): void {
    this.failures.push({ place, reason })
    this.#each(this)
  }

  toJSON() {
    const { read, stored, duplicates, failed, leftOut, updated, contacts, conversations, failures, notices } = this
    return { read, stored, duplicates, failed, leftOut, updated, contacts, conversations, failures, notices }
  }
}
