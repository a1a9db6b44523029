import assert from 'node:assert/strict'
import test from 'node:test'
import { startApp } from '../../test/app.ts'
import { leastCpuOfTask } from '../../test/cpu.ts'
import { customerWrites, makeConversation } from '../../test/make.ts'
import { contextOf } from './context.ts'
import { newestVersion, parseQuery } from './terms.ts'

const contextIn = (text: string, q: string) => contextOf(text, { query: parseQuery(q)!, version: newestVersion })

test('a hit tells its words in context, whose it is, its status and date', async (t) => {
  const { inbox } = await startApp(t)
  const { id } = await makeConversation(inbox, { email: 'jane@example.org', subject: 'Order' })
  await customerWrites(inbox, id, `${'Before it. '.repeat(60)}My Rosmarin is brown.${' After it.'.repeat(60)}`)
  await inbox.put(`/conversations/${id}/status`, { status: 'CLOSED' })
  const search = async (more: string) => (await inbox.get(`/search?q=rosmarin${more}`)).body.results
  const plain = (await search('')).messages[0]
  assert.deepEqual(Object.keys(plain), ['id', 'conversationId', 'contact', 'contentPreview', 'createdAt'])
  assert.deepEqual(Object.keys(plain.contact), ['id', 'name'])
  for (const more of ['&include=context', '&include=context&type=messages']) {
    const [hit] = (await search(more)).messages
    assert.match(hit.context, /^….*My Rosmarin is brown\..*…$/)
    assert.ok(hit.context.length < 240)
    assert.deepEqual(hit.conversation, { subject: 'Order', status: 'CLOSED' })
    assert.equal(hit.contact.email, 'jane@example.org')
  }
  const { contacts, conversations } = (await inbox.get('/search?q=jane&include=context')).body.results
  const { contact, status, lastMessageAt } = conversations[0]
  assert.deepEqual([contact.email, status, lastMessageAt], ['jane@example.org', 'CLOSED', plain.createdAt])
  assert.deepEqual([contacts[0].status, contacts[0].lastMessageAt], ['ACTIVE', plain.createdAt])
})

test('the context has the place where most of the words stand together', async () => {
  const apart = `order ${'x '.repeat(300)} brown order here ${'y '.repeat(300)} brown`
  assert.match((await contextIn(apart, 'brown order'))!, /brown order here/)
  assert.match((await contextIn(`${'x '.repeat(300)}Straße`, 'strasse'))!, /Straße$/)
  assert.match((await contextIn(`${'一'.repeat(300)}配送状況${'二'.repeat(300)}`, '配送'))!, /^….*配送状況.*…$/)
  assert.equal(await contextIn('nothing of it', 'basil'), null)
  assert.equal(await contextIn('short and whole', 'whole'), 'short and whole')
})

test('no text takes longer than a moment to find the words in', async () => {
  const q = Array.from({ length: 120 }, (_, i) => `w${i}`)
    .join(' ')
    .slice(0, 256)
  const texts = [
    'a '.repeat(50_000),
    'w1 '.repeat(33_000),
    '\uFDFA'.repeat(100_000),
    'a\u0301'.repeat(50_000),
    '配'.repeat(100_000),
  ]
  for (const text of texts) {
    const spent = await leastCpuOfTask(() => contextIn(text, q), 1)
    assert.ok(spent < 1500, `${text.slice(0, 4)}: ${spent} ms`)
  }
})
