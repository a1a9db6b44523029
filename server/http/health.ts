import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { Db } from '../db/db.ts'
import { ApiError } from '../errors.ts'

const ok = { 200: Type.Object({ status: Type.String({ description: '`ok` or `ready`.' }) }) }

/** No key, no detail. */
export const addHealth = (app: FastifyInstance, db: Db): void => {
  app.get(
    '/healthz',
    {
      schema: {
        operationId: 'getHealth',
        summary: 'Is the process up',
        description: 'Says nothing of the database.',
        tags: ['Health'],
        security: [],
        response: ok,
      },
    },
    async () => ({ status: 'ok' }),
  )
  app.get(
    '/readyz',
    {
      schema: {
        operationId: 'getReadiness',
        summary: 'Can it serve',
        description: 'The database can be read and takes writes, and the server is not stopping.',
        errors: ['not_ready'],
        tags: ['Health'],
        security: [],
        response: ok,
      },
    },
    async () => {
      if (app.isDraining()) throw new ApiError('not_ready')
      await db.ready().catch((error: unknown) => {
        throw new ApiError('not_ready', {}, error)
      })
      return { status: 'ready' }
    },
  )
}
