import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startApp } from '../../test/app.ts'
import { shop, startChat } from '../../test/chat.ts'

const settings = async (t: TestContext) => {
  const started = await startApp(t)
  const chat = await startChat(started, started.inbox)
  await started.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = started.app.server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/embeds/v1/chats/${chat.channel.publishableKey}/events`

  /** Follows as the widget does. */
  const follow = async (token: string, lastId?: string) => {
    const ending = new AbortController()
    t.after(() => ending.abort())
    const answer = await fetch(url, {
      signal: ending.signal,
      headers: {
        origin: shop,
        authorization: `Bearer ${token}`,
        ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
      },
    })
    assert.equal(answer.status, 200)
    const seen: { id: string; text: string; agentName: string | null }[] = []
    const state = { hasEnded: false, text: '' }
    void (async () => {
      for await (const bytes of answer.body!) {
        state.text += Buffer.from(bytes).toString()
        const events = state.text.split('\n\n')
        state.text = events.pop()!
        for (const event of events) {
          const data = /^data: (.*)$/m.exec(event)?.[1]
          if (data) seen.push(JSON.parse(data))
        }
      }
      state.hasEnded = true
    })().catch(() => (state.hasEnded = true))
    const until = async (isSo: () => boolean) => {
      for (const end = Date.now() + 20_000; !isSo(); await sleep(10)) assert.ok(Date.now() < end, 'in time')
    }
    return {
      headers: answer.headers,
      seen,
      until: async (count: number) => {
        await until(() => seen.length >= count)
        return seen.map(({ text }) => text)
      },
      ended: () => until(() => state.hasEnded),
      leave: () => ending.abort(),
    }
  }
  return { ...started, ...chat, follow }
}

test('an answer arrives while the visitor looks, and only theirs; notes never do', async (t) => {
  const { inbox, visitor, follow } = await settings(t)
  const [ann, bob] = [await visitor(), await visitor()]
  const { conversationId, id } = (await ann.say('Hello')).body.message
  await bob.say('Hi')
  const [annSees, bobSees] = [await follow(ann.token, id), await follow(bob.token)]
  assert.deepEqual(await bobSees.until(1), ['Hi'])
  for (const [name, value] of [
    ['content-type', 'text/event-stream; charset=utf-8'],
    ['cache-control', 'no-store, no-transform'],
    ['x-accel-buffering', 'no'],
    ['access-control-allow-origin', shop],
  ] as const)
    assert.equal(annSees.headers.get(name), value)
  const begin = performance.now()
  const ada = await inbox.as({ scope: 'user', agent: 'Ada' })
  await ada.post(`/conversations/${conversationId}/messages`, { contentText: 'Only for us', note: true })
  await ada.post(`/conversations/${conversationId}/messages`, { contentText: 'How can I help?\n\ndata: x' })
  assert.deepEqual(await annSees.until(1), ['How can I help?\n\ndata: x'])
  t.diagnostic(`seen ${Math.round(performance.now() - begin)} ms after the agent began to write`)
  assert.equal(annSees.seen[0]!.agentName, 'Ada')
  await ann.say('From another tab')
  assert.deepEqual(await annSees.until(2), ['How can I help?\n\ndata: x', 'From another tab'])
  await bob.say('Anybody?')
  assert.deepEqual(await bobSees.until(2), ['Hi', 'Anybody?'])
})

test('who was cut off gets what was missed, after the last message that they have', async (t) => {
  const { inbox, visitor, follow } = await settings(t)
  const ann = await visitor()
  const { conversationId, id } = (await ann.say('Hello')).body.message
  const first = await follow(ann.token, id)
  const answer = (contentText: string) => inbox.post(`/conversations/${conversationId}/messages`, { contentText })
  await answer('One')
  await first.until(1)
  first.leave()
  await answer('Two')
  await answer('Three')
  const again = await follow(ann.token, first.seen[0]!.id)
  // what lies a minute before comes again, for clocks differ: a browser knows messages by their ids
  const texts = new Set(await again.until(2))
  assert.ok(texts.has('Two') && texts.has('Three'))
  await answer('Four')
  await again.until(again.seen.length + 1)
  assert.equal(again.seen.at(-1)!.text, 'Four')
})

test('the stream goes along when the contact turns out to be another one, and ends when it is erased', async (t) => {
  const { inbox, visitor, sign, follow } = await settings(t)
  const { id: contactId } = (await inbox.post('/contacts', { email: 'jane@example.com' })).body.contact
  const anonymous = await visitor()
  const { conversationId, id } = (await anonymous.say('Hello')).body.message
  const stream = await follow(anonymous.token, id)
  await visitor({ email: 'jane@example.com', signature: sign('jane@example.com') }, anonymous.token)
  await inbox.post(`/conversations/${conversationId}/messages`, { contentText: 'Hello Jane' })
  assert.deepEqual(await stream.until(1), ['Hello Jane'])
  assert.equal((await inbox.delete(`/contacts/${contactId}`)).status, 204)
  await stream.ended()
})

test('a server that stops ends its streams, and too many of one visitor are refused', async (t) => {
  const { ask, visitor, follow, close } = await settings(t)
  const ann = await visitor()
  assert.equal((await ask('GET', '/events', { token: ann.token })).status, 404)
  await ann.say('Hello', { id: randomUUID() })
  const streams = await Promise.all(Array.from({ length: 10 }, () => follow(ann.token)))
  const eleventh = await ask('GET', '/events', { token: ann.token })
  assert.deepEqual([eleventh.status, eleventh.body.code], [429, 'too_many_requests'])
  streams[0]!.leave()
  await streams[0]!.ended()
  // once the server has noticed, there is room for another one
  while ((await follow(ann.token).catch(() => undefined)) === undefined) await sleep(20)
  await close()
  await streams[1]!.ended()
})
