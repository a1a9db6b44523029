import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { mail } from '../../test/make.ts'
import { startMail } from '../../test/smtp.ts'
import { check } from '../check/check.ts'
import { importMails } from '../imports/import-mails.ts'
import { Report } from '../imports/report.ts'

interface Letter {
  id: string
  answers?: string
  from?: string
  to?: string
  cc?: string
}

const us = 'help@example.com'

const letter = ({ id, answers, from = 'zoe@example.org', to = us, cc }: Letter) =>
  mail(
    {
      From: from,
      To: to,
      ...(cc === undefined ? {} : { Cc: cc }),
      Subject: 'T',
      'Message-ID': `<${id}@x>`,
      Date: 'Mon, 2 Feb 2026 10:00:00 +0000',
      ...(answers === undefined ? {} : { 'In-Reply-To': `<${answers}@x>` }),
    },
    `Text of ${id}`,
  )

/** Question, answer, question and answer, each of which names only the one before it. */
const chainOf = (zoe: string): Letter[] => {
  const id = (n: number) => `${zoe}.${n}`
  return [
    { id: id(1), from: zoe },
    { id: id(2), answers: id(1), from: us, to: zoe },
    { id: id(3), answers: id(2), from: zoe },
    { id: id(4), answers: id(3), from: us, to: zoe },
  ]
}

const ordersOf = <T>(list: T[]): T[][] =>
  list.length < 2 ? [list] : list.flatMap((one, i) => ordersOf(list.toSpliced(i, 1)).map((rest) => [one, ...rest]))

const startThreads = async (t: TestContext) => {
  const started = await startMail(t)
  const { db, inbox, parser, messagesOf } = started
  return {
    ...started,
    sizes: async () => {
      const { items } = (await inbox.get('/conversations?limit=100')).body.conversations
      return Promise.all(items.map(async ({ id }: any) => (await messagesOf(id)).length))
    },
    archive: async (mails: Letter[]) => {
      const report = new Report(() => {})
      const options = { db, parser, workspaceId: inbox.workspaceId, own: new Set<string>(), status: 'CLOSED' } as const
      for (const each of mails) {
        const items = (async function* () {
          yield { place: each.id, raw: letter(each) }
        })()
        await importMails(items, { ...options, include: new Set(), dryRun: false, report })
      }
      return report
    },
    assertConsistent: async () => assert.deepEqual(await check(db, { repair: false }), []),
  }
}

test('a thread is one conversation in whichever order it is imported', async (t) => {
  const { archive, sizes, inbox, assertConsistent } = await startThreads(t)
  const orders = ordersOf([0, 1, 2, 3])
  for (const [i, order] of orders.entries()) {
    const chain = chainOf(`zoe${i}@example.org`)
    await archive(order.map((n) => chain[n]!))
  }
  assert.deepEqual(
    await sizes(),
    orders.map(() => 4),
  )
  const { items } = (await inbox.get('/customers?limit=100')).body.customers
  assert.ok(items.every(({ threadCount }: any) => threadCount === 1))
  await assertConsistent()
})

test('a mail that arrives late joins the conversations around it', async (t) => {
  const { send, inbox, conversations, messagesOf, assertConsistent } = await startThreads(t)
  await send(letter({ id: 'one' }))
  await send(letter({ id: 'three', answers: 'two' }))
  const [three, one] = await conversations()
  await inbox.put(`/conversations/${one.id}/status`, { status: 'CLOSED' })
  await send(letter({ id: 'two', answers: 'one' }))
  const [joined, ...more] = await conversations()
  assert.deepEqual([joined.id, joined.status, joined.isUnread, more], [one.id, 'OPEN', true, []])
  assert.equal((await inbox.get(`/conversations/${three.id}`)).status, 404)
  const texts = (await messagesOf(one.id)).map(({ contentText }) => contentText)
  assert.deepEqual(texts, ['Text of one', 'Text of three', 'Text of two'])
  const { results } = (await inbox.get('/search?q=T&type=conversations')).body
  assert.deepEqual(results.conversations?.items?.map(({ id }: any) => id) ?? [one.id], [one.id])
  await assertConsistent()
})

test('a conversation that an agent works in keeps its id and tokens', async (t) => {
  const { send, inbox, conversations, messagesOf, world, assertConsistent } = await startThreads(t)
  await send(letter({ id: 'one' }))
  await send(letter({ id: 'three', answers: 'two' }))
  const [three] = await conversations()
  await inbox.post(`/conversations/${three.id}/messages`, { contentText: 'Answer' })
  const replyTo = (await world.nth(1)).replyTo![0]!.address!
  await send(letter({ id: 'two', answers: 'one' }))
  const [kept, ...more] = await conversations()
  assert.deepEqual([kept.id, more], [three.id, []])
  await send(letter({ id: 'apart' }), replyTo)
  assert.equal((await messagesOf(three.id)).length, 5)
  await assertConsistent()
})

test('two conversations that agents work in stay two', async (t) => {
  const { send, inbox, conversations } = await startThreads(t)
  await send(letter({ id: 'one' }))
  await send(letter({ id: 'three', answers: 'two' }))
  for (const { id } of await conversations())
    await inbox.post(`/conversations/${id}/messages`, { note: true, contentText: 'Seen' })
  await send(letter({ id: 'two', answers: 'one' }))
  assert.equal((await conversations()).length, 2)
})

test('a late mail of another contact joins nothing', async (t) => {
  const { send, sizes } = await startThreads(t)
  await send(letter({ id: 'one' }))
  await send(letter({ id: 'three', answers: 'two' }))
  await send(letter({ id: 'two', answers: 'one', from: 'eve@example.net' }))
  assert.deepEqual(await sizes(), [1, 1, 1])
})

test('references to two conversations alone do not join them', async (t) => {
  const { send, sizes } = await startThreads(t)
  await send(letter({ id: 'one' }))
  await send(letter({ id: 'other' }))
  await send(Buffer.concat([Buffer.from('References: <one@x> <other@x>\r\n'), letter({ id: 'third' })]))
  assert.deepEqual(await sizes(), [2, 1])
})
