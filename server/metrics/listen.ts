import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Db } from '../db/db.ts'
import type { FreeSpace } from '../http/free-space.ts'
import { createServer } from '../http/node-http.ts'
import type { Metrics } from './metrics.ts'

interface Place {
  db: Db
  space: FreeSpace
  host: string
  port: number
}

/** `GET /metrics` on a port of its own, which need not be reachable from where the API is. Resolves to the port. */
export const listenForMetrics = async (metrics: Metrics, { db, space, host, port }: Place) => {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') response.writeHead(404).end()
    else
      metrics.text(db, space).then(
        (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
        () => response.writeHead(503).end(),
      )
  })
  server.listen({ host, port })
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      metrics.close()
      server.close()
      server.closeAllConnections()
    },
  }
}
