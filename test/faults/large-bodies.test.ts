import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import test from 'node:test'
import { gzipSync } from 'node:zlib'
import { freshFolder } from '../app.ts'
import { startServer } from '../process.ts'

// F16: bodies without an end, and those that become large, cost no more memory than a body may have.

test('F16: endless, lying and packed bodies leave the memory as it was', async (t) => {
  const server = await startServer(t, { DATA_DIR: await freshFolder(t) })
  const { key, address, workspaceId } = server
  const { hostname, port } = new URL(address)
  const head = `POST /v1/workspaces/${workspaceId}/support/inbox/contacts HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\n`
  const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x10000, ' '), Buffer.from('\r\n')])
  const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024))
  /** Sends until it has the answer: its status, or 0 where the connection was cut before it could be read. */
  const attack = (headers: string, piece: Buffer) =>
    new Promise<number>((resolve) => {
      let answer = ''
      const socket = connect(Number(port), hostname)
      const push = () => {
        while (!socket.destroyed && socket.write(piece));
      }
      socket
        .on('connect', () => socket.write(`${head}${headers}\r\n`) && push())
        .on('drain', push)
        .on('data', (data) => {
          answer += String(data)
          socket.destroy()
        })
        .on('error', () => {})
        .on('close', () => resolve(Number(answer.split(' ')[1] ?? 0)))
    })
  const attacks: [headers: string, piece: Buffer, status: number][] = [
    ['Transfer-Encoding: chunked\r\n', chunk, 413],
    ['Content-Length: 99999999999\r\n', chunk, 413],
    [`Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n`, bomb, 415],
  ]
  const megabytes = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.child.pid}/status`, 'utf8'))![1]) / 1024
  const round = async () => {
    for (const [headers, piece, status] of attacks)
      assert.ok([status, 0].includes(await attack(headers, piece)), headers)
  }
  for (let i = 0; i < 10; i++) await round()
  const before = megabytes()
  let most = before
  for (let i = 0; i < 60; i++) {
    await round()
    most = Math.max(most, megabytes())
  }
  t.diagnostic(`${before.toFixed(0)} MB after 30 of them, ${most.toFixed(0)} MB at most during 180 more`)
  // 8 are aimed at; the collector of garbage has its own mind
  assert.ok(most - before < 64)
})
