import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { shop } from '../../test/chat.ts'
import { startLiveChat } from '../../test/live-chat.ts'

test('an answer arrives while the visitor looks, and only theirs; notes never do', async (t) => {
  const { inbox, visitor, follow } = await startLiveChat(t)
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
  const { inbox, visitor, follow } = await startLiveChat(t)
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

test('a stream ends with its contact, its channel and its token', async (t) => {
  const { inbox, visitor, sign, follow, ask, channel } = await startLiveChat(t)
  const started = async () => {
    const one = await visitor()
    const { conversationId } = (await one.say('Hello')).body.message
    const stream = await follow(one.token)
    await stream.until(1)
    const answer = () => inbox.post(`/conversations/${conversationId}/messages`, { contentText: 'For you only' })
    return { ...one, conversationId, stream, answer }
  }
  const [erased, verified, out, stays] = [await started(), await started(), await started(), await started()]
  const { contact } = (await inbox.get(`/conversations/${erased.conversationId}`)).body.conversation
  assert.equal((await inbox.delete(`/contacts/${contact.id}`)).status, 204)
  await erased.stream.ended()
  await visitor({ email: 'jane@example.com', signature: sign('jane@example.com') }, verified.token)
  assert.equal((await ask('DELETE', '/session', { token: out.token })).status, 204)
  // what they are told next they are not told any more
  for (const { answer, stream } of [verified, out]) {
    await answer()
    await stream.ended()
    assert.deepEqual(await stream.until(1), ['Hello'])
  }
  assert.equal((await inbox.delete(`/channels/${channel.id}`)).status, 204)
  await stays.stream.ended()
})

test('a server that stops ends its streams, and too many of one visitor are refused', async (t) => {
  const { ask, visitor, follow, close } = await startLiveChat(t)
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
