import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freshFolder } from '../../test/app.ts'
import { hasPackage } from '../../test/faults/tools.ts'
import { clientOf, startServer } from '../../test/process.ts'

test('the log says that file descriptors run out before connections are refused', async (t) => {
  if (process.platform !== 'linux' || !hasPackage(t, 'util-linux', 'prlimit')) return
  const env = { DATA_DIR: await freshFolder(t), LOG_LEVEL: 'error' }
  const server = await startServer(t, env, ['prlimit', '--nofile=256:256'])
  const ask = clientOf(server)
  const said = () => server.texts.stdout
  const sockets: Socket[] = []
  t.after(() => sockets.forEach((socket) => socket.destroy()))
  const state = { closed: 0 }
  while (state.closed === 0) {
    const socket = connect({ port: Number(new URL(server.address).port), host: '127.0.0.1' })
    socket.on('error', () => {}).on('close', () => (state.closed += 1))
    sockets.push(socket)
    await Promise.race([once(socket, 'connect'), once(socket, 'close')])
    await sleep(5)
    assert.ok(sockets.length < 256)
    if (state.closed === 0) assert.doesNotMatch(said(), /Connections are refused/)
  }
  const lines = said()
    .split('\n')
    .filter((line) => line.includes('"level":"error"'))
    .map((line) => JSON.parse(line).error as string)
  assert.match(
    lines[0]!,
    /^Few file descriptors remain: \d+ of 256 are open\. Raise the limit \(LimitNOFILE, ulimit -n\)\.$/,
  )
  assert.match(lines[1]!, /^Connections are refused: \d+ are open\.$/)
  assert.equal(lines.length, 2)

  // the database and its files have enough
  for (const socket of sockets.splice(0, 20)) socket.destroy()
  let answer = await ask('POST', '/contacts', { email: 'jane@example.com' }).catch(() => undefined)
  while (!answer) {
    await sleep(20)
    answer = await ask('POST', '/contacts', { email: 'jane@example.com' }).catch(() => undefined)
  }
  assert.equal(answer.status, 201)
  assert.equal(await server.stop('SIGKILL'), null)
})
