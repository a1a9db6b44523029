import type { FastifyInstance } from 'fastify'

declare module 'fastify' {
  interface FastifyInstance {
    /** The methods that a path takes; empty where there is nothing at it. */
    methodsAt(path: string): string[]
  }
}

/** Answers OPTIONS, and tells what else a path takes where it does not take a method. */
export const collectMethods = (app: FastifyInstance): void => {
  const routes = new Map<string, { pattern: RegExp; methods: Set<string> }>()
  app.addHook('onRoute', ({ url, method }) => {
    const route = routes.get(url) ?? { pattern: patternOf(url), methods: new Set() }
    for (const each of [method].flat()) route.methods.add(each)
    routes.set(url, route)
  })
  app.decorate('methodsAt', (path: string) => {
    const found = [...routes.values()]
      .filter(({ pattern }) => pattern.test(path))
      .flatMap(({ methods }) => [...methods])
    // a route that is for OPTIONS only is a preflight's, for any path
    const own = [...new Set(found)].filter((method) => method !== 'OPTIONS').toSorted()
    return own.length === 0 ? [] : [...own, 'OPTIONS']
  })
  app.addHook('onRequest', (request, reply, done) => {
    if (request.method !== 'OPTIONS' || !request.is404) return done()
    const methods = app.methodsAt(request.url.split('?')[0]!)
    if (methods.length === 0) return done()
    void reply.code(204).header('allow', methods.join(', ')).send()
  })
}

/** Of a route's URL, as find-my-way reads it. */
const patternOf = (url: string): RegExp =>
  new RegExp(
    `^${url
      .replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)
      .replaceAll(/:\w+/g, '[^/]+')
      .replaceAll('*', '.*')}$`,
  )
