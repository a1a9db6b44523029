import { setPriority } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import { compileLate } from '../compile-late.ts'

/** A server on the same machine goes first. */
export const giveWay = (): void => {
  setFlagsFromString(compileLate)
  try {
    setPriority(10)
  } catch {
    // some containers do not allow it; the import is then only less polite
  }
}
