import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import test from 'node:test'
import { gzipSync } from 'node:zlib'
import { limits } from '../../server/limits.ts'
import { freshFolder } from '../app.ts'
import { startServer } from '../process.ts'

// F16: bodies without an end, and those that become large, cost no more memory than the largest that may be sent.

test('F16: endless, lying and packed bodies take no more memory than bodies of the size that is allowed', async (t) => {
  const server = await startServer(t, { DATA_DIR: await freshFolder(t) })
  const { key, address, workspaceId } = server
  const { hostname, port } = new URL(address)
  const head = `POST /v1/workspaces/${workspaceId}/support/inbox/contacts HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\n`
  const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x10000, ' '), Buffer.from('\r\n')])
  const allowed = Buffer.from(`{"email":"${'x'.repeat(limits.bodyBytes - 12)}"}`)
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
  type Body = [headers: string, piece: Buffer, status: number]
  const good: Body[] = [[`Content-Length: ${allowed.length}\r\n`, allowed, 400]]
  const bad: Body[] = [
    ['Transfer-Encoding: chunked\r\n', chunk, 413],
    ['Content-Length: 99999999999\r\n', chunk, 413],
    [`Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n`, bomb, 415],
  ]
  const megabytes = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.child.pid}/status`, 'utf8'))![1]) / 1024
  /** The most memory that the server had while these bodies came, one after another. */
  const peakOf = async (bodies: Body[], rounds: number) => {
    let peak = 0
    for (let i = 0; i < rounds; i++)
      for (const [headers, piece, status] of bodies) {
        assert.ok([status, 0].includes(await attack(headers, piece)), headers)
        peak = Math.max(peak, megabytes())
      }
    return peak
  }
  const before = await peakOf(good, 200)
  const after = await peakOf(bad, 70)
  t.diagnostic(
    `at most ${before.toFixed(0)} MB with 200 bodies as large as allowed, ${after.toFixed(0)} MB with 210 of these`,
  )
  assert.ok(after - before <= 8)
})
