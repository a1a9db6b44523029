import { Refusal } from '../config.ts'
import { ApiError } from '../errors.ts'

/** How the process of an import ends that may well come further later. */
export const notNowCode = 75

/** It failed for now: with what was stored kept, trying again may help. */
export class NotNow extends Refusal {}

/** One row or mail could not be stored: its reason. Where nothing can be, the import ends with `NotNow`. */
export const reasonOf = (error: unknown): string => {
  if (error instanceof ApiError && error.code === 'storage_unavailable')
    throw new NotNow(
      'The disk took no more: it may be full. What was stored is kept; make room and run the import again.',
    )
  if (error instanceof ApiError && error.code.startsWith('database_'))
    throw new NotNow('The database went away. What was stored is kept; run the import again when it is back.')
  return (error as Error).message
}
