import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startApp, type Inbox } from '../../test/app.ts'
import { mail } from '../../test/make.ts'
import { newId } from '../db/id.ts'
import { storeMail } from '../mail/store.ts'

type List = 'customers' | 'conversations'

/** All that a list says has changed, by walking it one item a page. */
const changed = async (inbox: Inbox, list: List, since: string): Promise<string[]> => {
  const ids: string[] = []
  for (let cursor = ''; ;) {
    const { status, text, body } = await inbox.get(
      `/${list}?limit=1&updatedSince=${since}${cursor && `&cursor=${cursor}`}`,
    )
    assert.equal(status, 200, text)
    for (const item of body[list].items) ids.push(list === 'customers' ? item.contact.id : item.id)
    if (!body[list].hasMore) return ids
    cursor = body[list].cursor
  }
}

const start = async (inbox: Inbox, email: string) => {
  const { body } = await inbox.post('/conversations', { email, subject: 'Order', contentText: 'Hi' })
  return { contact: body.contact.id as string, conversation: body.conversation.id as string }
}

/** A time between what was before and what comes. */
const now = async (): Promise<string> => {
  await sleep(2)
  const time = new Date().toISOString()
  await sleep(2)
  return time
}

test('a list tells what has changed since a time, by whatever way', async (t) => {
  const started = await startApp(t)
  const { inbox, db, parser } = started
  const [jane, bob] = [await start(inbox, 'jane@example.com'), await start(inbox, 'bob@example.com')]
  const { agent } = (await inbox.post('/agents', { email: 'ada@example.com', name: 'Ada' })).body
  const since = await now()
  assert.deepEqual([await changed(inbox, 'customers', since), await changed(inbox, 'conversations', since)], [[], []])
  const place = `/conversations/${jane.conversation}`
  for (const change of [
    () => inbox.post(`${place}/messages`, { contentText: 'Later' }),
    () => inbox.post(`${place}/messages`, { contentText: 'From her', direction: 'INBOUND' }),
    () => inbox.put(`${place}/read`),
    () => inbox.put(`${place}/assignment`, { agentId: agent.id }),
    () => inbox.put(`${place}/status`, { status: 'CLOSED' }),
  ]) {
    const before = await now()
    assert.ok((await change()).status < 300)
    assert.deepEqual(await changed(inbox, 'conversations', before), [jane.conversation])
    assert.deepEqual(await changed(inbox, 'customers', before), [jane.contact])
  }
  const before = await now()
  await inbox.patch(`/contacts/${bob.contact}`, { phone: '1' })
  assert.deepEqual(await changed(inbox, 'customers', before), [bob.contact])
  assert.deepEqual(await changed(inbox, 'conversations', before), [])
  // both kinds of change on one walk, newest activity first
  assert.deepEqual(await changed(inbox, 'customers', since), [jane.contact, bob.contact])

  const imported = await now()
  const raw = mail({ From: 'Zoe <zoe@example.com>', Date: 'Mon, 1 Jan 2018 10:00:00 +0000', 'Message-ID': '<z@a>' })
  const arrival = { workspaceId: inbox.workspaceId, messageId: newId('msg'), raw, mail: await parser.parse(raw) }
  await db.transaction((tx) =>
    storeMail(tx, {
      ...arrival,
      own: new Set(),
      source: 'IMPORT',
      isNews: false,
      status: 'CLOSED',
      fallbackDate: new Date(),
    }),
  )
  for (const list of ['customers', 'conversations'] as const)
    assert.equal((await changed(inbox, list, imported)).length, 1, list)
})

test('a time that is none is refused by name, and any time zone is taken', async (t) => {
  const { inbox } = await startApp(t)
  const { contact } = await start(inbox, 'jane@example.com')
  for (const list of ['customers', 'conversations']) {
    const { status, body } = await inbox.get(`/${list}?updatedSince=yesterday`)
    assert.deepEqual([status, body.message], [400, 'updatedSince must be a time such as 2027-01-31T12:00:00Z.'])
  }
  assert.deepEqual(await changed(inbox, 'customers', encodeURIComponent('2020-01-01T02:00:00+02:00')), [contact])
  assert.deepEqual(await changed(inbox, 'customers', '2100-01-01T00:00:00Z'), [])
})
