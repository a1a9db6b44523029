import { dataOf } from '../data.ts'
import { ask, inboxAt, serve } from '../product.ts'
import type { Row } from '../row.ts'
import { lineOf, versusBare } from '../versus.ts'

export const reads: Row = {
  name: 'reads',
  async *measure(bench) {
    const { env, key } = await dataOf(bench.kept, { messages: bench.size, workspaces: 1 })
    const server = await serve({ temporary: bench.temporary, env })
    try {
      const inbox = inboxAt(server.hello.address, key)
      const served = { inbox, pid: server.pid }
      const { body } = await ask(inbox, '/customers')
      const { contact } = JSON.parse(body).customers.items[0]
      yield lineOf('GET contact', await versusBare(bench, served, { path: `/contacts/${contact.id}` }), 0.3)
      yield lineOf('GET customers, 20 a page', await versusBare(bench, served, { path: '/customers' }), 0.15)
    } finally {
      await server.stop()
    }
  },
}
