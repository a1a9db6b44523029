import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { startApp } from '../../test/app.ts'
import { makeConversation } from '../../test/make.ts'

const clients = 40

test('whoever asks for megabytes and reads none of them is cut off, the first first, and others are answered', async (t) => {
  const { app, inbox } = await startApp(t)
  const { secret } = await inbox.as({ scope: 'user' })
  const { id } = await makeConversation(inbox, { email: 'jane@example.com' })
  for (let i = 0; i < 4; i++) await inbox.post(`/conversations/${id}/messages`, { contentText: 'x'.repeat(1_000_000) })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const path = `/v1/workspaces/${inbox.workspaceId}/support/inbox/conversations/${id}/messages`
  const request = `GET ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${secret}\r\n\r\n`
  const sockets: Socket[] = []
  t.after(() => sockets.forEach((socket) => socket.destroy()))
  for (let i = 0; i < clients; i++) {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    await once(socket, 'connect')
    // the system itself takes megabytes for who does not read: more are asked for than it takes
    socket.pause().write(request.repeat(4))
    sockets.push(socket)
  }
  const connections = promisify(app.server.getConnections.bind(app.server))
  while ((await connections()) > 35) await sleep(20)
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${secret}` } })
  const { thread } = (await answer.json()) as any
  assert.equal(thread.messages.items.at(-1).contentText.length, 1_000_000)
  const [first, last] = [sockets[0]!, sockets.at(-1)!].map(async (socket) => {
    const ended = once(socket.resume(), 'close').then(() => 'cut off')
    return Promise.race([ended, sleep(2000).then(() => 'served')])
  })
  assert.deepEqual(await Promise.all([first, last]), ['cut off', 'served'])
})
