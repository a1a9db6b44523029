import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import test, { type TestContext } from 'node:test'
import { startLiveChat } from '../../test/live-chat.ts'
import { withFiles } from '../../test/make.ts'
import { check } from '../check/check.ts'

const email = 'jane@example.com'
const secret = 'The code is 4711'

/**
 * Mallory claims Jane's address and an agent believes it; then Jane comes with the site's signature. `before` is what Jane
 * did before she was verified.
 */
const scenes = {
  'who never wrote before': async () => undefined,
  'who wrote before': async ({ visitor }) => {
    const jane = await visitor()
    await jane.say('I wonder')
    return jane.token
  },
  'whose browser has a token and nothing else': async ({ visitor }) => (await visitor()).token,
  'who was verified for another address before': async ({ visitor, sign }) => {
    const other = { email: 'old@example.com', signature: sign('old@example.com') }
    const jane = await visitor(other)
    await jane.say('From my old address')
    return jane.token
  },
} satisfies Record<string, (chat: Chat) => Promise<string | undefined>>

type Chat = Awaited<ReturnType<typeof startLiveChat>>

const impostors = {
  anonymous: async ({ visitor }: Chat) => visitor({ email, visitorId: '7' }),
  'verified as somebody else': async ({ visitor, sign }: Chat) =>
    visitor({ email: 'mallory@example.com', signature: sign('mallory@example.com') }),
}

const meetBoth = async (t: TestContext, scene: keyof typeof scenes, impostor: keyof typeof impostors) => {
  const chat = await startLiveChat(t)
  const { inbox, visitor, sign, follow } = chat
  const mallory = await impostors[impostor](chat)
  const own = (await mallory.say('Hello, I am Jane')).body.message
  const { contact } = (await inbox.get(`/conversations/${own.conversationId}`)).body.conversation
  assert.equal((await inbox.patch(`/contacts/${contact.id}`, { email })).status, 200)
  const stream = await follow(mallory.token)
  await stream.until(1)
  const jane = await visitor({ email, name: 'Jane', signature: sign(email) }, await scenes[scene](chat))
  assert.ok(jane.isVerified)
  const said = (await jane.say(secret)).body.message
  const file = await withFiles({ contentText: 'Your contract' }, new File(['secret'], 'contract.txt'))
  const answer = await inbox.post(`/conversations/${said.conversationId}/messages`, ...file)
  assert.equal(answer.status, 201)
  return { ...chat, mallory, own, stream, jane, said, answerId: answer.body.message.id as string, contact }
}

for (const scene of Object.keys(scenes) as (keyof typeof scenes)[])
  for (const impostor of Object.keys(impostors) as (keyof typeof impostors)[])
    test(`an impostor, ${impostor}, learns nothing of a person ${scene}`, async (t) => {
      const { ask, inbox, db, mallory, own, stream, jane, said, answerId, contact } = await meetBoth(t, scene, impostor)
      // agents have one contact for both
      assert.equal((await inbox.get(`/conversations/${said.conversationId}`)).body.conversation.contact.id, contact.id)
      const { token } = mallory
      assert.deepEqual(await mallory.texts(), ['Hello, I am Jane'])
      const refused = async (answer: ReturnType<typeof ask>) => assert.equal((await answer).status, 404)
      await refused(ask('GET', `/messages?conversationId=${said.conversationId}`, { token }))
      await refused(mallory.say('Let me in', { conversationId: said.conversationId }))
      await refused(ask('GET', `/messages/${answerId}/attachments/1`, { token }))
      assert.equal((await ask('GET', `/messages/${answerId}/attachments/1`, { token: jane.token })).text, 'secret')
      assert.equal((await mallory.say('Me', { id: said.clientId })).status, 400)
      // what the impostor writes on goes to the impostor's own conversation, and what Jane writes never does
      assert.equal((await mallory.say('And now?')).body.message.conversationId, own.conversationId)
      assert.notEqual((await jane.say('One more thing')).body.message.conversationId, own.conversationId)
      await inbox.post(`/conversations/${own.conversationId}/messages`, { contentText: 'Who are you?' })
      assert.deepEqual(await stream.until(3), ['Hello, I am Jane', 'And now?', 'Who are you?'])
      assert.equal(stream.seen.length, 3)
      const texts = await jane.texts()
      assert.ok(texts.includes(secret) && !texts.includes('Hello, I am Jane'))
      assert.deepEqual(await check(db, { repair: false }), [])
    })

test('an impostor stays one when the contact is merged, and when its address changes', async (t) => {
  const { inbox, visitor, sign, mallory, contact } = await meetBoth(t, 'who wrote before', 'anonymous')
  // another visitor, who turns out to be Jane as well
  const phone = await visitor()
  await phone.say('From my phone')
  const onPhone = await visitor({ email, signature: sign(email) }, phone.token)
  assert.ok((await onPhone.texts()).includes('From my phone') && (await onPhone.texts()).includes(secret))
  await inbox.patch(`/contacts/${contact.id}`, { email: 'bob@example.com' })
  const bob = await visitor({ email: 'bob@example.com', signature: sign('bob@example.com') })
  assert.deepEqual(await bob.texts(), [])
  await bob.say('I am Bob')
  assert.deepEqual(await mallory.texts(), ['Hello, I am Jane'])
  assert.equal((await visitor({}, mallory.token)).isVerified, false)
  assert.ok(!(await onPhone.texts()).includes('I am Bob'))
})

test('a token that was planted in a browser is worth nothing once its owner is verified', async (t) => {
  const { ask, visitor, sign } = await startLiveChat(t)
  const identity = { email, signature: sign(email) }
  for (const hasWritten of [false, true]) {
    const planted = await visitor()
    if (hasWritten) await planted.say('Hello')
    const jane = await visitor(identity, planted.token)
    assert.notEqual(jane.token, planted.token)
    assert.equal((await jane.say(secret)).status, 201)
    for (const [method, path, body] of [
      ['GET', '/messages', undefined],
      ['GET', '/events', undefined],
      ['DELETE', '/session', undefined],
      ['POST', '/messages', { id: randomUUID(), text: 'Hi' }],
      ['POST', '/messages', { id: randomUUID(), text: 'Hi', ...identity }],
    ] as const)
      assert.equal((await ask(method, path, { token: planted.token, body })).status, 401)
    assert.deepEqual(await (await visitor({}, planted.token)).texts(), [])
  }
  // a signature that comes with a message does not verify a token that was made without one
  const planted = await visitor()
  await ask('POST', '/messages', { token: planted.token, body: { id: randomUUID(), text: 'Hi', ...identity } })
  assert.deepEqual(await planted.texts(), ['Hi'])
})
