import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { canMount, mountedFolder } from '../../test/faults/tools.ts'
import { mail, makeConversation } from '../../test/make.ts'
import { startMail } from '../../test/smtp.ts'
import { watchFreeSpace } from './free-space.ts'

const mebibyte = 1024 ** 2

/** A mail system, a visitor and a form on a disk of 128 MiB, of which half has to be free. */
const startOnSmallDisk = async (t: test.TestContext) => {
  const { dataDir } = await mountedFolder(t, () => ['-t', 'tmpfs', '-o', 'size=128m', 'tmpfs'])
  const started = await startMail(t, { dataDir, env: { MIN_FREE_SPACE: '64' } })
  const { inbox, ask, send, channel, space, close } = started
  t.after(close)
  const form = (await inbox.post('/channels', { kind: 'FORM', name: 'Form' })).body.channel
  const chat = (await inbox.post('/channels', { kind: 'CHAT', name: 'Chat', allowedOrigins: ['*'] })).body.channel
  const sessions = `/embeds/v1/chats/${chat.publishableKey}/sessions`
  const filler = join(dataDir, 'filler')
  const until = async (isLow: boolean) => {
    while (space.isLow() !== isLow) await sleep(50)
  }
  return {
    ...started,
    fill: async () => {
      await writeFile(filler, Buffer.alloc(80 * mebibyte))
      await until(true)
    },
    free: async () => {
      await rm(filler)
      await until(false)
    },
    strangers: async (n: number) => {
      const raw = mail({ From: 'jane@example.org', Subject: 'Hello', 'Message-ID': `<${n}@example.org>` })
      const smtp = await send(raw).then(
        () => 250,
        (error: { responseCode: number }) => error.responseCode,
      )
      const headers = { 'content-type': 'message/rfc822' }
      const answers = [
        await inbox.post(`/channels/${channel.id}/mail`, Buffer.concat([raw, raw]), headers),
        await ask('POST', `/forms/${form.id}`, { body: { email: 'jane@example.org', message: `Hi ${n}` } }),
        await ask('POST', sessions, { body: {} }),
      ]
      return [smtp, ...answers.map(({ status, body }) => body.code ?? status)]
    },
  }
}

test('below MIN_FREE_SPACE strangers are refused and the team goes on', async (t) => {
  if (!canMount(t)) return
  const { inbox, strangers, conversations, fill, free } = await startOnSmallDisk(t)
  assert.deepEqual(await strangers(1), [250, 201, 201, 200])
  await fill()
  const before = (await conversations()).length
  assert.deepEqual(await strangers(2), [452, 'disk_nearly_full', 'disk_nearly_full', 'disk_nearly_full'])
  assert.equal((await conversations()).length, before)
  const agent = await inbox.as({ scope: 'user', agent: 'Ada' })
  const { id, contactId } = await makeConversation(inbox, { email: 'joe@example.org' })
  for (const message of [{ contentText: 'Hi' }, { contentText: 'A note', note: true }])
    assert.equal((await agent.post(`/conversations/${id}/messages`, message)).status, 201)
  assert.equal((await agent.put(`/conversations/${id}/status`, { status: 'CLOSED' })).status, 200)
  assert.equal((await inbox.delete(`/contacts/${contactId}`)).status, 204)
  await free()
  assert.deepEqual(await strangers(3), [250, 201, 201, 200])
})

test('the log says once that space is low', async (t) => {
  const lines: unknown[] = []
  const log = (level: string, { freeSpace }: Record<string, unknown>) => void lines.push([level, freeSpace])
  const minFreeSpace = Number.MAX_SAFE_INTEGER
  const space = await watchFreeSpace({ dataDir: '.', minFreeSpace, log })
  t.after(space.close)
  await sleep(2500)
  assert.deepEqual([space.isLow(), lines], [true, [['error', 'low']]])
})

test('where the free space cannot be told nobody is refused', async (t) => {
  const space = await watchFreeSpace({ dataDir: '/none', minFreeSpace: Number.MAX_SAFE_INTEGER, log: () => {} })
  t.after(space.close)
  assert.deepEqual([space.isLow(), space.bytes()], [false, undefined])
})
