import { setPriority } from 'node:os'

/** A server on the same machine goes first. */
export const giveWay = (): void => {
  try {
    setPriority(10)
  } catch {
    // some containers do not allow it; the import is then only less polite
  }
}
