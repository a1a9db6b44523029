import { statfs } from 'node:fs/promises'
import { fail } from '../errors.ts'
import type { Log } from './log.ts'

/** Milliseconds between two looks. */
const every = 2000

interface Watched {
  dataDir: string
  /** Bytes; 0: it is never too little. */
  minFreeSpace: number
  log: Log
}

/** Of the disk that the data is on. */
export interface FreeSpace {
  /** Bytes; undefined where it cannot be told. */
  bytes(): number | undefined
  /** So little that what strangers send is refused, so that the team can go on. */
  isLow(): boolean
  /** The same, asked for something that is refused then. */
  refuses(): boolean
  /** How often something was refused. */
  refusals(): number
  close(): void
}

/** Resolves after the first look. */
export const watchFreeSpace = async ({ dataDir, minFreeSpace, log }: Watched): Promise<FreeSpace> => {
  let bytes: number | undefined
  let isLow = false
  let refusals = 0
  let isClosed = false
  let timer: NodeJS.Timeout | undefined
  const look = async () => {
    bytes = await statfs(dataDir).then(
      ({ bavail, bsize }) => bavail * bsize,
      () => undefined,
    )
    const wasLow = isLow
    isLow = bytes !== undefined && bytes < minFreeSpace
    if (isLow !== wasLow) log(isLow ? 'error' : 'info', { freeSpace: isLow ? 'low' : 'enough', bytes, minFreeSpace })
    if (!isClosed) timer = setTimeout(look, every).unref()
  }
  await look()
  return {
    bytes: () => bytes,
    isLow: () => isLow,
    refuses: () => {
      if (isLow) refusals += 1
      return isLow
    },
    refusals: () => refusals,
    close: () => {
      isClosed = true
      clearTimeout(timer)
    },
  }
}

/** Throws `disk_nearly_full` (503). */
export const assertSpace = (space: FreeSpace | undefined): void => {
  if (space?.refuses()) fail('disk_nearly_full')
}
