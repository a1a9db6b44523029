/** What a row needs to know. */
export interface Bench {
  /** Messages of the large inbox. */
  size: number
  /** How often each side of a comparison is measured, and how long each time. */
  rounds: number
  seconds: number
  /** Filled databases are kept here. */
  kept: string
  /** The archive that is imported; one is made up where it is undefined. */
  mbox: string | undefined
  /** Removed when the row is done. */
  temporary: string
}

/** A line of the table. */
export interface Line {
  what: string
  measured: string
  bar: string
  isReached: boolean
  /** Absolute figures: they illustrate. */
  beside: string
}

export interface Row {
  /** As it is called at --only. */
  name: string
  measure(bench: Bench): AsyncGenerator<Line>
}
