import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startApp } from '../../test/app.ts'
import { mail, makeConversation, withFiles } from '../../test/make.ts'
import { limits } from '../limits.ts'
import { Pieces } from './pieces.ts'

/** No part of it is like another one of the same length: each has its place written into it. */
const placed = (bytes: number): string =>
  Array.from({ length: bytes / 8 }, (_, i) => i.toString(36).padStart(7, '0')).join(' ') + ' '

/** Reads a little, then nothing for a while, again and again: what is on its way waits in the memory of the server. */
const readSlowly = async (port: number, path: string, key: string): Promise<Buffer> => {
  const socket = connect({ port, host: '127.0.0.1', readableHighWaterMark: 64 * 1024 } as never)
  socket.write(`GET ${path} HTTP/1.0\r\nAuthorization: Bearer ${key}\r\n\r\n`)
  const chunks: Buffer[] = []
  let sincePause = 0
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    sincePause += chunk.length
    if (sincePause < 1_500_000) continue
    sincePause = 0
    await sleep(20)
  }
  const all = Buffer.concat(chunks)
  return all.subarray(all.indexOf('\r\n\r\n') + 4)
}

test('pieces of every size reach a slow client unchanged', async (t) => {
  const whole = Buffer.from(placed(24_000_000))
  const server = createServer((_, response) => {
    const pieces = async function* () {
      // small ones leave together with what comes after them
      for (let from = 0, i = 0; from < whole.length; i++) {
        const length = [300, 20_000, 65_000, 1, 200_000, 7_000][i % 6]!
        yield Buffer.from(whole.subarray(from, (from += length)))
      }
    }
    new Pieces(pieces(), response).pipe(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const got = await readSlowly((server.address() as AddressInfo).port, '/', '')
  assert.ok(got.equals(whole))
})

test('a slow client gets every byte of a large answer at its place', async (t) => {
  const { app, inbox } = await startApp(t)
  const { secret } = await inbox.as({ scope: 'user' })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const { id } = await makeConversation(inbox, { email: 'jane@example.com' })
  const file = placed(16_000_000)
  const form = await withFiles({ contentText: 'Here.' }, new File([file], 'large.txt'))
  const sent = (await inbox.post(`/conversations/${id}/messages`, ...form)).body.message
  const text = placed(limits.textCharacters - 8)
  const wanted = { kind: 'EMAIL', name: 'Help', email: 'help@example.com' }
  const { channel } = (await inbox.post('/channels', wanted)).body
  const raw = mail(
    { From: 'jane@example.com', 'Content-Type': 'multipart/alternative; boundary=b' },
    ['plain', 'html'].map((type) => `--b\r\nContent-Type: text/${type}\r\n\r\n${text}\r\n`).join(''),
  )
  const got = await inbox.post(`/channels/${channel.id}/mail`, raw, { 'content-type': 'message/rfc822' })
  const [{ id: conversationId }, { id: messageId }] = [got.body.conversation, got.body.message]
  const read = (path: string) =>
    readSlowly(port, `/v1/workspaces/${inbox.workspaceId}/support/inbox/conversations/${path}`, secret)
  const [whole, source, page] = await Promise.all([
    read(`${id}/messages/${sent.id}/attachments/1`),
    read(`${conversationId}/messages/${messageId}/raw`),
    read(`${conversationId}/messages`),
  ])
  // not by assert.equal, which would show megabytes
  assert.ok(whole.equals(Buffer.from(file)), 'the file')
  assert.ok(source.equals(raw), 'the mail')
  const [message] = JSON.parse(page.toString()).thread.messages.items
  assert.ok(message.contentText.trim() === text.trim(), 'the text')
})
