import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { startApp } from '../../test/app.ts'
import { customerWrites, mail, makeConversation, makeFile } from '../../test/make.ts'
import { limits } from '../limits.ts'
import type { App } from './schema.ts'

const keyed = async (t: TestContext) => {
  const { app, inbox } = await startApp(t)
  const { secret: key } = await inbox.as({ scope: 'user' })
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const urlOf = (path: string) => `/v1/workspaces/${inbox.workspaceId}/support/inbox${path}`
  return { app, inbox, key, address, urlOf }
}

/** A page of messages that are each short enough to be sent at once. */
const longPage = async (t: TestContext) => {
  const served = await keyed(t)
  const { id } = await makeConversation(served.inbox, { email: 'jane@example.com' })
  const text = 'x'.repeat(limits.textAtOnce)
  const messages = Math.floor(limits.pageBytes / text.length) - 1
  for (let i = 0; i < messages; i++) await customerWrites(served.inbox, id, text)
  return { ...served, path: served.urlOf(`/conversations/${id}/messages?limit=100`), messages: messages + 1 }
}

/** A conversation whose only message is as long as a message can be: six megabytes, which is more than the system takes. */
const longConversation = async (t: TestContext) => {
  const served = await keyed(t)
  const { inbox } = served
  const { channel } = (await inbox.post('/channels', { kind: 'EMAIL', name: 'Help', email: 'help@example.com' })).body
  const { body } = await inbox.post(
    `/channels/${channel.id}/mail`,
    mail(
      { From: 'jane@example.com', 'Content-Type': 'multipart/alternative; boundary=b' },
      ['plain', 'html']
        .map(
          (type) => `--b\r\nContent-Type: text/${type}; charset=utf-8\r\n\r\n${'漢'.repeat(limits.textCharacters)}\r\n`,
        )
        .join(''),
    ),
    { 'content-type': 'message/rfc822' },
  )
  return { ...served, path: served.urlOf(`/conversations/${body.conversation.id}/messages`) }
}

const connectionsOf = ({ server }: App) => promisify(server.getConnections.bind(server))()

/** Connections that each ask `times` times for a path, one after another, and read nothing. */
const askAndNotRead = async (app: App, ask: { path: string; key: string; clients: number; times: number }) => {
  const { port } = app.server.address() as AddressInfo
  const request = `GET ${ask.path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${ask.key}\r\n\r\n`
  const sockets: Socket[] = []
  for (let i = 0; i < ask.clients; i++) {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    await once(socket, 'connect')
    sockets.push(socket.pause())
  }
  for (const socket of sockets) socket.write(request.repeat(ask.times))
  return sockets
}

/** What became of the first and the last of them. */
const endsOf = async (sockets: Socket[]): Promise<string[]> => {
  const ends = [sockets[0]!, sockets.at(-1)!].map((socket) => {
    const ended = once(socket.resume(), 'close').then(() => 'cut off')
    return Promise.race([ended, sleep(2000).then(() => 'served')])
  })
  const found = await Promise.all(ends)
  // or the server would wait for them before it closes
  for (const socket of sockets) socket.destroy()
  return found
}

test('whoever asks for megabytes and reads none of them is cut off, the first first, and others are answered', async (t) => {
  const { app, address, key, path, messages } = await longPage(t)
  // the system itself takes megabytes for who does not read: more are asked for than it takes
  const sockets = await askAndNotRead(app, { path, key, clients: 120, times: 10 })
  while ((await connectionsOf(app)) > 110) await sleep(20)
  const answer = await fetch(address + path, { headers: { authorization: `Bearer ${key}` } })
  assert.equal(((await answer.json()) as any).thread.messages.items.length, messages)
  assert.deepEqual(await endsOf(sockets), ['cut off', 'served'])
})

test('a file of megabytes that nobody reads is counted by what is held of it, and who reads it gets all of it', async (t) => {
  const { app, inbox, address, key, urlOf } = await keyed(t)
  const path = urlOf(await makeFile(inbox, 16_000_000))
  const sockets = await askAndNotRead(app, { path, key, clients: 250, times: 1 })
  while ((await connectionsOf(app)) > 200) await sleep(20)
  const answer = await fetch(address + path, { headers: { authorization: `Bearer ${key}` } })
  assert.equal((await answer.arrayBuffer()).byteLength, 16_000_000)
  assert.deepEqual(await endsOf(sockets), ['cut off', 'served'])
})

test('long texts and files that nobody reads take next to no memory: nobody is cut off, and who reads gets all', async (t) => {
  const { app, inbox, address, key, urlOf, path: texts } = await longConversation(t)
  const file = urlOf(await makeFile(inbox, 16_000_000))
  const before = process.memoryUsage()
  const connections: Socket[] = []
  app.server.on('connection', (socket) => connections.push(socket))
  const sent = () => connections.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0)
  const sockets = [
    ...(await askAndNotRead(app, { path: texts, key, clients: 40, times: 1 })),
    ...(await askAndNotRead(app, { path: file, key, clients: 40, times: 1 })),
  ]
  // they are sent what the system takes
  for (let last = -1; sent() > last; await sleep(300)) last = sent()
  const held = process.memoryUsage().arrayBuffers - before.arrayBuffers
  assert.ok(held < 80 * 256 * 1024, `${held} bytes for 80 answers of 6 and 16 MB`)
  assert.equal(await connectionsOf(app), 80)
  const headers = { authorization: `Bearer ${key}` }
  const { thread } = (await (await fetch(address + texts, { headers })).json()) as any
  assert.equal(thread.messages.items[0].contentText.length, limits.textCharacters)
  assert.equal((await (await fetch(address + file, { headers })).arrayBuffer()).byteLength, 16_000_000)
  assert.deepEqual(await endsOf(sockets), ['served', 'served'])
})

test('whoever is gone before the answer is there is forgotten', async (t) => {
  const { app, key, path } = await longConversation(t)
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const asked = { begun: 0, ended: 0 }
  app.server.on('request', (_request, response) => {
    asked.begun += 1
    response.on('close', () => (asked.ended += 1))
  })
  const sockets = await askAndNotRead(app, { path, key, clients: 30, times: 1 })
  while (asked.begun < 30) await sleep(1)
  const answered = asked.ended
  for (const socket of sockets) socket.resetAndDestroy()
  while ((await connectionsOf(app)) > 0 || asked.ended < 30) await sleep(20)
  // what waited for its turn is answered all the same, to nobody
  await sleep(1000)
  assert.equal(answered, 0)
  assert.equal(timers(), 0)
})
