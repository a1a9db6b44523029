import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import test from 'node:test'
import { freshFolder } from '../../test/app.ts'
import { shop } from '../../test/chat.ts'
import { freshDatabase } from '../../test/databases.ts'
import { clientOf, startServer } from '../../test/process.ts'

test('streams of a chat end that another process closes', async (t) => {
  const { url, drop } = await freshDatabase()
  const env = { DATABASE_URL: url, DATA_DIR: await freshFolder(t, drop) }
  const first = await startServer(t, env)
  const second = await startServer(t, env)
  const ask = clientOf(first)
  const { channel } = (await ask('POST', '/channels', { kind: 'CHAT', name: 'Website', allowedOrigins: [shop] })).body
  const chat = `${second.address}/embeds/v1/chats/${channel.publishableKey}`
  const asVisitor = (path: string, body?: object, token = '') =>
    fetch(chat + path, {
      headers: { origin: shop, 'content-type': 'application/json', authorization: `Bearer ${token}` },
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
    })
  const { session } = (await (await asVisitor('/sessions', {})).json()) as { session: { token: string } }
  assert.equal((await asVisitor('/messages', { id: randomUUID(), text: 'Hello' }, session.token)).status, 201)
  const streams = await Promise.all(Array.from({ length: 3 }, () => asVisitor('/events', undefined, session.token)))
  assert.equal((await ask('DELETE', `/channels/${channel.id}`)).status, 204)
  for (const stream of streams) {
    const text = await stream.text()
    assert.match(text, /Hello/)
    // nor did it take a heartbeat, which looks whether the chat is still there
    assert.doesNotMatch(text, /^:$/m)
  }
})
