import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { importContacts } from '../../server/imports/import-contacts.ts'
import { Report } from '../../server/imports/report.ts'
import { freshFolder, startApp } from '../app.ts'
import { makeContact } from '../make.ts'
import { callsOf, inInbox, requestOf, rightfulOf, send } from './calls.ts'
import { collectRoutes } from './routes.ts'
import { contentOf, makeWorld, type Started } from './world.ts'

// Fields that nobody asked for: the server's own, and those that JavaScript itself has a meaning for.

const routes = collectRoutes()

const serversOwn = [
  'id seq workspaceId accountId contactId conversationId messageId keyId agent source channelId createdAt updatedAt sentAt',
  'activityAt lastMessageAt lastMessagePreview lastMessageSeq latestThread latestConversationId threadCount unreadCount',
  'isUnread emailKey nameIsDerived assignedToId senderType attachments mailId scope role isAdmin summary contentPreview',
].flatMap((line) => line.split(' '))

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const special = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf']

const setUp = async (started: Started) => {
  const { inbox, ids } = await makeWorld(started, 'ours')
  const { secret } = await inbox.as({ scope: 'api_user' })
  const writes = routes.filter(
    (route) => inInbox(route) && !['GET', 'HEAD'].includes(route.method) && !route.schema.body?.content,
  )
  const requests = writes.flatMap((route) =>
    callsOf(route, ids).map((call) => ({
      ...requestOf(route, call, ids),
      takes: route.schema.body?.properties ?? {},
      by: rightfulOf(call, ids, secret),
    })),
  )
  assert.ok(requests.length >= 10)
  return { inbox, requests, content: () => contentOf(started.db, ids.workspaceId) }
}

test("a field of the server's own in a body is refused by its name, and nothing is changed", async (t) => {
  const started = await startApp(t)
  const { requests, content } = await setUp(started)
  const before = await content()
  for (const { takes, by, ...request } of requests)
    for (const field of new Set(serversOwn.flatMap((name) => [name, snake(name)]))) {
      if (field in takes) continue
      const body = { ...(request.body as object | undefined), [field]: 'wrk_other' }
      const { status, body: answer } = await send(started, { ...request, body }, by)
      assert.equal(status, 400, `${request.method} ${request.url} with ${field}`)
      assert.match(answer.message, new RegExp(`^${field} is not a field of this request`))
    }
  assert.deepEqual(await content(), before)
})

test('names that JavaScript has a meaning for are refused in bodies and queries, and pollute nothing', async (t) => {
  const started = await startApp(t)
  const { inbox, requests, content } = await setUp(started)
  const before = await content()
  const clean = Reflect.ownKeys(Object.prototype)
  for (const { by, method, url, body = {} } of requests)
    for (const name of special)
      for (const value of ['"x"', '{"isAdmin":true}', '{"prototype":{"isAdmin":true}}', 'null', '[]']) {
        const members = Object.entries(body).map(([key, given]) => `${JSON.stringify(key)}:${JSON.stringify(given)}`)
        const text = `{${[...members, `"${name}":${value}`].join()}}`
        const { status, body: answer } = await send(started, { method, url, body: text }, by)
        assert.deepEqual([status, answer.code], [400, 'invalid_request'], `${method} ${url} ${text}`)
        assert.match(answer.message, new RegExp(`^${name} is not a field of this request`))
      }
  for (const path of ['/customers', '/contacts/x', '/search'])
    for (const name of special)
      for (const query of [`${name}=x`, `${name}[isAdmin]=1`, `${name}.isAdmin=1`, `${name}=`, `q=a&${name}=1`])
        assert.equal((await inbox.get(`${path}?${query}`)).status, 400, `${path}?${query}`)
  assert.deepEqual(await content(), before)
  assert.deepEqual(Reflect.ownKeys(Object.prototype), clean)
  assert.equal(({} as Record<string, unknown>)['isAdmin'], undefined)
})

test('in the header of a CSV file such names are columns like others', async (t) => {
  const { db, inbox } = await startApp(t)
  const path = join(await freshFolder(t), 'people.csv')
  await writeFile(
    path,
    `email,__proto__,constructor,prototype,name\na@example.com,x,y,z,__proto__\n__proto__@example.com,,,,constructor\n`,
  )
  const report = new Report(() => {})
  const clean = Reflect.ownKeys(Object.prototype)
  const options = { db, workspaceId: inbox.workspaceId, map: new Map(), update: false, dryRun: false, report }
  assert.deepEqual(await importContacts(path, options), ['__proto__', 'constructor', 'prototype'])
  const { items } = (await inbox.get('/customers')).body.customers
  assert.deepEqual(items.map(({ contact }: any) => [contact.email, contact.name]).toSorted(), [
    ['__proto__@example.com', 'constructor'],
    ['a@example.com', '__proto__'],
  ])
  assert.deepEqual(Reflect.ownKeys(Object.prototype), clean)
})

test("an address that another workspace has makes a contact of one's own, and leaves theirs alone", async (t) => {
  const started = await startApp(t)
  const theirs = await started.newInbox()
  const mine = await started.newInbox()
  const person = { email: 'jane@example.com', name: 'Their Jane', phone: '+1 555' }
  const kept = await makeContact(theirs, person)
  const before = await contentOf(started.db, theirs.workspaceId)
  const made = await makeContact(mine, { email: 'JANE@example.com' })
  assert.notEqual(made.id, kept.id)
  assert.deepEqual([made.name, made.phone], ['JANE', null])
  const other = await makeContact(mine, { email: 'other@example.com' })
  assert.equal((await mine.patch(`/contacts/${other.id}`, { email: 'jane@example.com' })).body.contactId, made.id)
  await mine.delete(`/contacts/${made.id}`)
  assert.equal((await mine.patch(`/contacts/${other.id}`, { email: 'jane@example.com' })).status, 200)
  assert.deepEqual(await contentOf(started.db, theirs.workspaceId), before)
})
