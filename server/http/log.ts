import type { FastifyInstance } from 'fastify'
import { timestamp } from '../current-time.ts'
import type { LogLevel } from '../config.ts'
import { traceParentOf } from './trace-context.ts'

/** A notice is no failure, and told with failures all the same. */
export type Log = (level: 'info' | 'notice' | 'error', fields: Record<string, unknown>) => void

/** How long a line may wait for others, milliseconds, and how many characters wait at most. */
const flushAfter = 100
const flushAbove = 16_384

/**
 * One JSON line for each entry on standard output. Never bodies, keys or query texts.
 * Lines are written several at a time, errors at once and the last ones when the process exits.
 */
export const createLog = (level: LogLevel): Log => {
  let waiting = ''
  let timer: NodeJS.Timeout | undefined
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    const text = waiting
    waiting = ''
    if (text !== '') process.stdout.write(text)
  }
  if (level !== 'silent') process.on('exit', flush)
  return (of, fields) => {
    if (level === 'silent' || (level === 'error' && of === 'info')) return
    waiting += `${JSON.stringify({ time: timestamp(), level: of, ...fields })}\n`
    if (of !== 'info' || waiting.length > flushAbove) flush()
    else timer ??= setTimeout(flush, flushAfter).unref()
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Of the trace that it is exported in. */
    traceId: string | undefined
  }
}

/** A line a request; `route` is the pattern, so that no id and no query gets in. */
export const logRequests = (app: FastifyInstance, log: Log): void => {
  app.decorateRequest('traceId', undefined)
  app.addHook('onResponse', (request, reply, done) => {
    log('info', {
      requestId: request.id,
      traceId: request.traceId ?? traceParentOf(request.headers)?.traceId,
      method: request.method,
      route: request.routeOptions.url ?? null,
      status: reply.statusCode,
      milliseconds: Math.round(reply.elapsedTime * 10) / 10,
      workspaceId: request.caller?.workspaceId,
      callerId: request.caller?.id,
    })
    done()
  })
}
