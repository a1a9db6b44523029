import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { startApp } from '../../test/app.ts'
import { makeFile } from '../../test/make.ts'

/** A client that asks for a large file, reads nothing, and sends a new contact behind it. */
const setUp = async (t: TestContext) => {
  const { app, inbox } = await startApp(t)
  const { secret: key } = await inbox.as({ scope: 'api_user' })
  const file = await makeFile(inbox, 16_000_000)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const request = (method: string, end: string, text = '') =>
    `${method} /v1/workspaces/${inbox.workspaceId}/support/inbox${end} HTTP/1.1\r\nHost: a\r\n` +
    `Authorization: Bearer ${key}\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`
  const askThenAdd = async (email: string) => {
    const socket = connect(port, '127.0.0.1').pause()
    await once(socket, 'connect')
    socket.write(request('GET', file) + request('POST', '/contacts', JSON.stringify({ email })))
    return socket
  }
  const isThere = async (email: string) => {
    const { results } = (await inbox.get(`/search?q=${email}`)).body
    return results.contacts.length === 1
  }
  const isNeverThere = async (email: string) => {
    for (let i = 0; i < 20; i++) {
      assert.equal(await isThere(email), false)
      await sleep(20)
    }
  }
  return { askThenAdd, isThere, isNeverThere, connections: promisify(app.server.getConnections.bind(app.server)) }
}

test('what is sent behind another request begins when the answer to that one has left', async (t) => {
  const { askThenAdd, isThere, isNeverThere } = await setUp(t)
  const socket = await askThenAdd('behind@example.com')
  await isNeverThere('behind@example.com')
  let answers = ''
  socket.on('data', (data) => (answers += String(data).replaceAll('x', ''))).resume()
  const statuses = () => answers.match(/HTTP\/1\.1 \d{3}/g)
  while (statuses()?.length !== 2) await sleep(10)
  assert.deepEqual(statuses(), ['HTTP/1.1 200', 'HTTP/1.1 201'])
  assert.equal(await isThere('behind@example.com'), true)
  socket.destroy()
})

test('what nobody waits for any more is not begun', async (t) => {
  const { askThenAdd, isNeverThere, connections } = await setUp(t)
  const socket = await askThenAdd('gone@example.com')
  await isNeverThere('gone@example.com')
  socket.destroy()
  while ((await connections()) > 0) await sleep(10)
  await isNeverThere('gone@example.com')
})
