import { copyOf, dataOf } from '../data.ts'
import { ask, inboxAt, serve } from '../product.ts'
import type { Row } from '../row.ts'
import { lineOf, versusBare } from '../versus.ts'

export const newContact = { path: '/contacts', body: { email: '[<id>]@example.com', name: 'Ada Lovelace' } }

export const writes: Row = {
  name: 'writes',
  async *measure(bench) {
    const { env, key } = copyOf(await dataOf(bench.kept, { messages: bench.size, workspaces: 1 }), bench.temporary)
    const server = await serve({ temporary: bench.temporary, env })
    try {
      const served = { inbox: inboxAt(server.hello.address, key), pid: server.pid }
      const { conversations } = JSON.parse((await ask(served.inbox, '/conversations?limit=1')).body)
      const newMessage = {
        path: `/conversations/${conversations.items[0].id}/messages`,
        body: {
          direction: 'INBOUND',
          contentText: 'Where is my order [<id>]? The invoice says that it left on Monday.',
        },
      }
      yield lineOf('POST contact, new each time', await versusBare(bench, served, newContact), 0.15)
      yield lineOf('POST message', await versusBare(bench, served, newMessage), 0.1)
    } finally {
      await server.stop()
    }
  },
}
