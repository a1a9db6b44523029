import type { FastifyInstance } from 'fastify'
import type { LogLevel } from '../config.ts'

export type Log = (level: 'info' | 'error', fields: Record<string, unknown>) => void

/** One JSON line for each entry on standard output. Never bodies, keys or query texts. */
export const createLog =
  (level: LogLevel): Log =>
  (of, fields) => {
    if (level === 'silent' || (level === 'error' && of === 'info')) return
    process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), level: of, ...fields })}\n`)
  }

/** A line a request; `route` is the pattern, so that no id and no query gets in. */
export const logRequests = (app: FastifyInstance, log: Log): void => {
  app.addHook('onSend', async (request, reply) => {
    void reply.header('x-request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    log('info', {
      requestId: request.id,
      method: request.method,
      route: request.routeOptions.url ?? null,
      status: reply.statusCode,
      milliseconds: Math.round(reply.elapsedTime * 10) / 10,
      workspaceId: request.caller?.workspaceId,
      keyId: request.caller?.keyId,
    })
  })
}
