import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { newRequestId } from '../db/id.ts'
import { limits } from '../limits.ts'

const printable = new RegExp(`^[\\x20-\\x7e]{1,${limits.requestIdCharacters}}$`)

/** The caller's own, so that both logs name the request alike, where it can stand in a header and a log; else a new one. */
export const requestIdOf = ({ headers }: IncomingMessage): string => {
  const given = headers['x-request-id']
  return typeof given === 'string' && printable.test(given) ? given : newRequestId()
}

interface TraceParent {
  traceId: string
  spanId: string
  flags: number
}

// https://www.w3.org/TR/trace-context/#traceparent-header: versions after 00 may add to it
const form = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/
const zeros = /^0+$/

/** The trace that the caller belongs to, and the span in it that asks; undefined where it names none. */
export const traceParentOf = ({ traceparent }: IncomingHttpHeaders): TraceParent | undefined => {
  if (traceparent === undefined) return undefined
  const [, version, traceId = '0', spanId = '0', flags = '', more] = form.exec(String(traceparent)) ?? []
  const isValid = version !== 'ff' && !(version === '00' && more !== undefined)
  if (!isValid || zeros.test(traceId) || zeros.test(spanId)) return undefined
  return { traceId, spanId, flags: Number.parseInt(flags, 16) }
}
