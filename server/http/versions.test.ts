import assert from 'node:assert/strict'
import test from 'node:test'
import { startApp, type Inbox } from '../../test/app.ts'

type Started = Awaited<ReturnType<typeof startApp>>

/** Each thing with a version: where it is read, where it is changed, and two changes. */
const things = async ({ inbox }: Started) => {
  const { conversation, contact } = (
    await inbox.post('/conversations', { email: 'jane@example.com', subject: 'Order', contentText: 'Hi' })
  ).body
  const { agent } = (await inbox.post('/agents', { email: 'ada@example.com', name: 'Ada' })).body
  const { channel } = (await inbox.post('/channels', { kind: 'FORM', name: 'Form' })).body
  const { savedReply } = (await inbox.post('/saved-replies', { shortcut: 'a', title: 'A', contentText: 'A' })).body
  const of = (path: string, [one, other]: [object, object]) => ({ path, at: path, method: 'PATCH', one, other })
  return [
    of(`/contacts/${contact.id}`, [{ name: 'Jane' }, { phone: '1' }]),
    of(`/agents/${agent.id}`, [{ name: 'Ben' }, { role: 'ADMIN' }]),
    of(`/channels/${channel.id}`, [{ name: 'Sales' }, { returnTo: 'https://example.com' }]),
    of(`/saved-replies/${savedReply.id}`, [{ title: 'B' }, { contentText: 'B' }]),
    {
      path: `/conversations/${conversation.id}`,
      at: `/conversations/${conversation.id}/status`,
      method: 'PUT',
      one: { status: 'CLOSED' },
      other: { status: 'ARCHIVED' },
    },
    {
      path: `/conversations/${conversation.id}`,
      at: `/conversations/${conversation.id}/assignment`,
      method: 'PUT',
      one: { agentId: agent.id },
      other: { agentId: null },
    },
  ]
}

const asking = async ({ ask }: Started, inbox: Inbox) => {
  const { secret: key } = await inbox.as({ scope: 'api_user' })
  return (method: string, path: string, body?: object, headers = {}) =>
    ask(method, `/v1/workspaces/${inbox.workspaceId}/support/inbox${path}`, { key, body, headers })
}

test('a change of what somebody else has changed is 412 with what there is now', async (t) => {
  const started = await startApp(t)
  const send = await asking(started, started.inbox)
  for (const { path, at, method, one, other } of await things(started)) {
    const read = await send('GET', path)
    const ifMatch = { 'if-match': String(read.headers['etag']) }
    const [first, second] = [await send(method, at, one, ifMatch), await send(method, at, other, ifMatch)]
    assert.equal(first.status, 200, at)
    assert.deepEqual([second.status, second.body.code], [412, 'version_conflict'], at)
    const now = await send('GET', path)
    const [name] = Object.keys(now.body)
    assert.deepEqual(second.body.current[name!], now.body[name!])
    const version = (tag: unknown) => /^W\/"(\d+)\./.exec(String(tag))?.[1]
    assert.equal(version(second.headers['etag']), version(now.headers['etag']))
    // with what there is now it goes on, and without a version as ever
    const again = await send(method, at, other, { 'if-match': String(second.headers['etag']) })
    assert.equal(again.status, 200, again.text)
    assert.equal((await send(method, at, one, { 'if-match': `"0", ${again.headers['etag']}` })).status, 200)
    assert.equal((await send(method, at, other, { 'if-match': '*' })).status, 200)
    assert.equal((await send(method, at, one)).status, 200)
    for (const tags of ['"none"', 'W/""', '"999"', 'x'.repeat(1000)])
      assert.equal((await send(method, at, other, { 'if-match': tags })).status, 412, tags)
  }
})

test('of changes with one version that come at once, one is made', async (t) => {
  const started = await startApp(t)
  const send = await asking(started, started.inbox)
  for (const { path, at, method, one, other } of await things(started)) {
    const ifMatch = { 'if-match': String((await send('GET', path)).headers['etag']) }
    const answers = await Promise.all([one, other].map((change) => send(method, at, change, ifMatch)))
    const changesSomething = answers.filter(({ status }) => status === 412).length
    // giving what is nobody's to nobody changes nothing
    assert.ok(changesSomething === 1 || at.endsWith('/assignment'), at)
  }
})

test('what arrives, and reading, make no change fail', async (t) => {
  const started = await startApp(t)
  const { inbox } = started
  const send = await asking(started, inbox)
  const { conversation, contact } = (
    await inbox.post('/conversations', { email: 'jane@example.com', subject: 'Order', contentText: 'Hi' })
  ).body
  const [place, person] = [`/conversations/${conversation.id}`, `/contacts/${contact.id}`]
  await inbox.patch(person, { status: 'ARCHIVED' })
  await inbox.put(`${place}/status`, { status: 'CLOSED' })
  const [before, owner] = [await send('GET', place), await send('GET', person)]
  // opens the conversation and wakes the contact
  await inbox.post(`${place}/messages`, { contentText: 'And?', direction: 'INBOUND' })
  await inbox.put(`${place}/read`)
  await inbox.post('/conversations', { email: 'jane@example.com', name: 'Jane Doe', subject: 'Two', contentText: 'Hi' })
  const tag = (read: typeof before) => ({ 'if-match': String(read.headers['etag']) })
  assert.equal((await send('PUT', `${place}/status`, { status: 'ARCHIVED' }, tag(before))).status, 200)
  const { status, body } = await send('PATCH', person, { phone: '1' }, tag(owner))
  assert.deepEqual([status, body.contact.name, body.contact.status], [200, 'Jane Doe', 'ACTIVE'])
})

test('what has not changed is 304 to a client that has it, and what has arrived since is not', async (t) => {
  const started = await startApp(t)
  const send = await asking(started, started.inbox)
  for (const { path, at, method, one } of await things(started)) {
    const read = await send('GET', path)
    const known = { 'if-none-match': String(read.headers['etag']) }
    const same = await send('GET', path, undefined, known)
    assert.deepEqual([same.status, same.text, same.headers['etag']], [304, '', read.headers['etag']])
    await send(method, at, one)
    assert.equal((await send('GET', path, undefined, known)).status, 200)
  }
  const [contact] = (await started.inbox.get('/customers')).body.customers.items
  const person = `/contacts/${contact.contact.id}`
  const { headers } = await send('GET', person)
  await started.inbox.post(`/conversations/${contact.latestThread.id}/messages`, { contentText: 'Later' })
  assert.equal((await send('GET', person, undefined, { 'if-none-match': String(headers['etag']) })).status, 200)
})
