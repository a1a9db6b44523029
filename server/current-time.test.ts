import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { pathToFileURL } from 'node:url'
import { freshFolder, startApp } from '../test/app.ts'
import { freshDatabase } from '../test/databases.ts'
import { makeConversation } from '../test/make.ts'
import { clientOf, startServer } from '../test/process.ts'
import { continueFrom, currentTime } from './current-time.ts'

const anHour = 3_600_000

/** The system's clock is set so many milliseconds ahead. */
const set = (t: test.TestContext, milliseconds: number) =>
  t.mock.timers.enable({ apis: ['Date'], now: new Date().getTime() + milliseconds })

test('no order changes when the clock is set back', async (t) => {
  const { inbox } = await startApp(t)
  const conversations: { id: string }[] = []
  for (const step of [0, -anHour, -24 * anHour, 30_000, -1000, 0]) {
    set(t, step)
    const email = `c${conversations.length}@example.org`
    conversations.push(await makeConversation(inbox, { email, subject: 'Hello' }))
    t.mock.timers.reset()
  }
  const newestFirst = conversations.map(({ id }) => id).toReversed()
  const idsOf = (items: { id: string }[]) => items.map(({ id }) => id)
  assert.deepEqual(idsOf((await inbox.get('/conversations')).body.conversations.items), newestFirst)
  const customers = (await inbox.get('/customers')).body.customers.items as any[]
  assert.deepEqual(idsOf(customers.map(({ latestThread }) => latestThread)), newestFirst)
  assert.deepEqual(newestFirst.toSorted().toReversed(), newestFirst)
})

test('a message is never older than the one before', async (t) => {
  const { inbox } = await startApp(t)
  const { id } = await makeConversation(inbox, { email: 'jane@example.org', subject: 'Hello' })
  for (const [i, step] of [0, anHour, -anHour, 0, 2 * anHour, -24 * anHour].entries()) {
    set(t, step)
    const { status } = await inbox.post(`/conversations/${id}/messages`, { contentText: String(i), note: i % 2 === 0 })
    assert.equal(status, 201)
    t.mock.timers.reset()
  }
  const { items } = (await inbox.get(`/conversations/${id}/messages`)).body.thread.messages
  assert.deepEqual(
    items.slice(1).map(({ contentText }: any) => contentText),
    ['0', '1', '2', '3', '4', '5'],
  )
  const times = items.map(({ createdAt }: any) => createdAt)
  assert.deepEqual(times.toSorted(), times)
})

test('what has expired stays so when the clock is set back', async (t) => {
  const { inbox } = await startApp(t)
  const expiresAt = new Date(currentTime() + anHour).toISOString()
  const key = await inbox.as({ scope: 'api_user', expiresAt })
  assert.equal((await key.get('/customers')).status, 200)
  continueFrom(Date.parse(expiresAt))
  assert.equal((await key.get('/customers')).status, 401)
  set(t, -24 * anHour)
  assert.equal((await key.get('/customers')).status, 401)
})

test('a start on a clock that was set back continues after what is stored', async (t) => {
  const { url, drop } = await freshDatabase()
  const env = { DATABASE_URL: url, DATA_DIR: await freshFolder(t, drop), LOG_LEVEL: 'error' }
  const preload = pathToFileURL(join(import.meta.dirname, '../test/ten-minutes-ahead.ts')).href
  const ahead = await startServer(t, { ...env, NODE_OPTIONS: `--import=${preload}` })
  const { key, workspaceId } = ahead
  const begin = async ({ address }: { address: string }, email: string) => {
    const ask = clientOf({ address, key, workspaceId })
    await ask('POST', '/conversations', { email, subject: 'Hello', contentText: 'Hello' })
    return (await ask('GET', '/conversations')).body.conversations.items.map(({ contact }: any) => contact.email)
  }
  await begin(ahead, 'first@example.org')
  await ahead.stop('SIGTERM')
  const right = await startServer(t, env)
  assert.deepEqual(await begin(right, 'second@example.org'), ['second@example.org', 'first@example.org'])
  assert.match(right.texts.stdout, /The clock of this machine was set back: it is \d+ s behind/)
})

test('all times of the server come from the one clock', () => {
  // these compare the machine's clock with it
  const exempt = /\.test\.ts$|^server\/(?:current-time\.ts|clock\.ts|doctor\/)/
  for (const file of globSync('server/**/*.ts').filter((name) => !exempt.test(name)))
    assert.doesNotMatch(readFileSync(file, 'utf8'), /\bDate\.now\(|new Date\(\)/, file)
})
