import { subscribe } from 'node:diagnostics_channel'
import type { FastifyInstance, RouteOptions } from 'fastify'

export interface Route {
  /** `GET /v1/…/contacts/:contactId`; the key of its row. */
  name: string
  method: string
  url: string
  schema: { querystring?: Fields; body?: Fields & { content?: Record<string, { schema: Fields }> } }
}

interface Fields {
  properties: Record<string, { type?: string | string[]; enum?: string[]; format?: string; maxLength?: number }>
}

/** Every route of every app that is built from now on: asked of Fastify itself, not of a list. */
export const collectRoutes = (): Route[] => {
  const routes: Route[] = []
  subscribe('fastify.initialization', (message) => {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onRoute', ({ method, url, schema = {} }: RouteOptions) => {
      for (const each of [method].flat()) {
        const name = `${each} ${url}`
        if (!routes.some((route) => route.name === name))
          routes.push({ name, method: each, url, schema: asJson(schema as Route['schema']) })
      }
    })
  })
  return routes
}

/** What takes other encodings of the same fields, too, is attacked as JSON. */
const asJson = ({ body, ...schema }: Route['schema']): Route['schema'] => {
  const json = body?.content?.['application/json']?.schema ?? body
  return { ...schema, ...(json ? { body: json } : {}) }
}
