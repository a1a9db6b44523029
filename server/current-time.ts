let latest = 0
let measuredAt = 0

/**
 * Unix milliseconds, never fewer than before. When the system's clock is set back, time passes here at half its speed
 * until that clock has caught up: what happens later stays later, and both clocks agree again.
 */
export const currentTime = (): number => {
  const elapsed = performance.now()
  latest = Math.max(Date.now(), latest + (elapsed - measuredAt) / 2)
  measuredAt = elapsed
  return Math.floor(latest)
}

/** The same as text, as times are stored. */
export const timestamp = (): string => new Date(currentTime()).toISOString()

/** What is stored was written at this time: nothing that comes now is older. */
export const continueFrom = (milliseconds: number): void => {
  latest = Math.max(latest, milliseconds)
}
