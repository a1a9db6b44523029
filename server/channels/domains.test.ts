import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import test, { type TestContext } from 'node:test'
import { SMTPServer } from 'smtp-server'
import { startApp, type Answer, type Inbox } from '../../test/app.ts'
import { command } from '../../test/process.ts'
import { migrate } from '../db/migrate.ts'
import { sql } from '../db/sql.ts'
import { hostsOfDomain } from '../mailbox-providers.ts'
import { listDomains } from './domains.ts'
import { noticesOf } from './notices.ts'

const open = (inbox: Inbox, email: string, smtpUrl: string | null = null): Promise<Answer> =>
  inbox.post('/channels', { kind: 'EMAIL', name: 'Help', email, smtpUrl })

const opens = async (inbox: Inbox, email: string) => assert.equal((await open(inbox, email)).status, 201, email)

/** Everything of an answer but what is its own in any case. */
const refusal = ({ status, body }: Answer) => ({ status, body: { ...body, requestId: undefined } })

const notAllowed = {
  status: 403,
  body: {
    statusCode: 403,
    error: 'Forbidden',
    message: 'This workspace may not use this email address: the operator can allow its domain (domains allow).',
    code: 'domain_not_allowed',
    requestId: undefined,
  },
}

const two = async (t: TestContext, env: Record<string, string> = {}) => {
  const started = await startApp(t, { env })
  const { url, dataDir } = started
  const settings = url === '' ? { DATA_DIR: dataDir } : { DATABASE_URL: url }
  const domains = (...words: string[]) => command(['domains', ...words], { env: settings })
  return { ...started, other: await started.newInbox(), domains }
}

test('a domain belongs to the workspace that used it first', async (t) => {
  const { inbox, other } = await two(t)
  await opens(inbox, 'help@example.com')
  await opens(inbox, 'sales@example.com')
  await opens(inbox, 'help@mail.example.com')
  await opens(other, 'help@example.net')
  const own = (await other.get('/channels')).body.channels.items[0]
  for (const email of ['help@example.com', 'HELP@EXAMPLE.COM', 'nobody@example.com', 'x@deep.mail.example.com'])
    for (const answer of [await open(other, email), await other.patch(`/channels/${own.id}`, { email })])
      assert.deepEqual(refusal(answer), notAllowed, email)
  assert.equal((await open(inbox, 'help@example.com')).body.code, 'channel_email_taken')
  assert.equal((await other.patch(`/channels/${own.id}`, { name: 'Other', email: 'x@example.net' })).status, 200)
})

test('a domain below or above that of another workspace is refused', async (t) => {
  const { inbox, other } = await two(t)
  await opens(inbox, 'help@mail.example.com')
  await opens(inbox, 'help@münchen.de')
  for (const email of ['a@example.com', 'a@x.mail.example.com', 'a@xn--mnchen-3ya.de', 'a@x.münchen.de'])
    assert.deepEqual(refusal(await open(other, email)), notAllowed, email)
  for (const email of ['a@shop.example.com', 'a@notmail.example.com', 'a@ample.com']) await opens(other, email)
  assert.deepEqual(refusal(await open(inbox, 'a@example.com')), notAllowed)
})

test('a public suffix is nobody’s gate to the domains below it', async (t) => {
  const { inbox, other } = await two(t)
  for (const email of ['a@co.uk', 'a@com', 'a@com.br']) await opens(inbox, email)
  for (const email of ['a@example.co.uk', 'a@example.com', 'a@example.com.br']) await opens(other, email)
  assert.deepEqual(refusal(await open(other, 'b@co.uk')), notAllowed)
})

test('of simultaneous claims of a domain one wins', async (t) => {
  const { inbox, other } = await two(t)
  for (let i = 0; i < 10; i++) {
    const answers = await Promise.all([
      open(inbox, `a@${i}.example.org`),
      open(other, `b@${i}.example.org`),
      open(other, `c@mail.${i}.example.org`),
    ])
    const [mine, ...theirs] = answers.map(({ status }) => status === 201)
    assert.ok(mine !== theirs.includes(true), JSON.stringify(answers.map(({ body }) => body)))
  }
})

test('a domain stays with its workspace when its last channel closes', async (t) => {
  const { inbox, other } = await two(t)
  const { body } = await open(inbox, 'help@example.com')
  await inbox.delete(`/channels/${body.channel.id}`)
  assert.deepEqual(refusal(await open(other, 'help@example.com')), notAllowed)
  await opens(inbox, 'help@example.com')
})

test('the operator allows, lists and removes domains', async (t) => {
  const { inbox, other, domains } = await two(t)
  await opens(inbox, 'help@münchen.de')
  const allowed = (await domains('allow', 'MÜNCHEN.de', '--workspace', other.workspaceId, '--json')).json()
  assert.deepEqual(allowed, { domain: 'xn--mnchen-3ya.de', workspaceId: other.workspaceId, reason: 'ALLOWED' })
  await opens(other, 'sales@münchen.de')
  // of the other's addresses there is still nothing said
  assert.deepEqual(refusal(await open(other, 'help@münchen.de')), notAllowed)
  const { domains: list } = (await domains('list', '--json')).json()
  assert.deepEqual(
    list.map(({ workspaceId, reason }: any) => [workspaceId, reason]),
    [
      [inbox.workspaceId, 'FIRST'],
      [other.workspaceId, 'ALLOWED'],
    ],
  )
  assert.equal((await domains('remove', 'münchen.de', '--workspace', other.workspaceId)).code, 0)
  assert.deepEqual(refusal(await open(other, 'more@münchen.de')), notAllowed)
  assert.deepEqual((await domains('remove', 'münchen.de', '--json')).json(), {
    domain: 'xn--mnchen-3ya.de',
    removed: 1,
  })
  await opens(other, 'more@münchen.de')
  assert.deepEqual(refusal(await open(inbox, 'more2@münchen.de')), notAllowed)
  for (const [words, sentence] of [
    [['allow', 'gmail.com', '--workspace', other.workspaceId], /^gmail\.com belongs to a mailbox provider/],
    [['allow', 'a b', '--workspace', other.workspaceId], /^a b is not a domain\./],
    [['allow', 'example.com', '--workspace', 'wrk_x'], /^There is no workspace wrk_x/],
    [['remove', 'example.org'], /^No such workspace has example\.org/],
  ] as const)
    assert.match((await domains(...words)).stderr, sentence)
})

/** A provider of mailboxes, mailbox.test, on this machine: takes the password "right" for every address. */
const startProvider = async (t: TestContext) => {
  hostsOfDomain.set('mailbox.test', ['localhost'])
  const users: (string | undefined)[] = []
  const server = new SMTPServer({
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, callback) => {
      users.push(username)
      callback(password === 'right' ? null : new Error('Wrong password'), { user: username })
    },
  })
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  t.after(() => {
    hostsOfDomain.delete('mailbox.test')
    server.close()
  })
  const { port } = server.server.address() as AddressInfo
  const url = (user: string, password = 'right', host = 'localhost') =>
    `smtp://${encodeURIComponent(user)}:${password}@${host}:${port}`
  return { users, url }
}

const notProven = (answer: Answer) => assert.deepEqual([answer.status, answer.body.code], [403, 'mailbox_not_proven'])

test('a mailbox at a provider belongs to whoever signs in to it', async (t) => {
  const { users, url } = await startProvider(t)
  const { inbox, other, domains } = await two(t, { CHANNEL_SMTP_NETWORKS: '127.0.0.1' })
  for (const wrong of [null, url('jane@mailbox.test', 'wrong'), url('eve@mailbox.test'), url('jane')])
    notProven(await open(inbox, 'jane@mailbox.test', wrong))
  // a server that is not the provider's would take any password
  notProven(await open(inbox, 'jane@mailbox.test', url('jane@mailbox.test', 'right', '127.0.0.1')))
  assert.deepEqual(users, ['jane@mailbox.test'])
  const { status, body } = await open(inbox, 'jane@mailbox.test', url('jane@mailbox.test'))
  assert.equal(status, 201)
  const id = body.channel.id as string
  assert.equal((await open(other, 'eve@mailbox.test', url('eve@mailbox.test'))).status, 201)
  // the same answer for an address that somebody has
  for (const email of ['jane@mailbox.test', 'nobody@mailbox.test', 'x@sub.mailbox.test', 'x@tuta.com'])
    notProven(await open(other, email))
  for (const changes of [{ smtpUrl: null }, { smtpUrl: url('x') }, { email: 'eve@mailbox.test' }])
    notProven(await inbox.patch(`/channels/${id}`, changes))
  assert.equal((await inbox.patch(`/channels/${id}`, { name: 'Jane', email: 'JANE@mailbox.test' })).status, 200)
  assert.deepEqual((await domains('list', '--json')).json(), { domains: [] })
})

test('a workspace that is alone proves nothing', async (t) => {
  const { url } = await startProvider(t)
  const { inbox } = await startApp(t, { env: { CHANNEL_SMTP_NETWORKS: '127.0.0.1' } })
  await opens(inbox, 'jane@mailbox.test')
  assert.equal((await open(inbox, 'eve@mailbox.test', url('eve@mailbox.test', 'wrong'))).status, 201)
})

test('one workspace signs in to one mailbox at a time', async (t) => {
  const { users, url } = await startProvider(t)
  const { inbox } = await two(t, { CHANNEL_SMTP_NETWORKS: '127.0.0.1' })
  const tries = Array.from({ length: 20 }, (_, i) =>
    open(inbox, 'jane@mailbox.test', url('jane@mailbox.test', `guess${i}`)),
  )
  const codes = (await Promise.all(tries)).map(({ body }) => body.code)
  assert.ok(users.length < 20)
  assert.equal(codes.filter((code) => code === 'too_many_requests').length, 20 - users.length)
})

test('a workspace guesses no passwords of mailboxes', async (t) => {
  const { users, url } = await startProvider(t)
  const { inbox, other } = await two(t, { CHANNEL_SMTP_NETWORKS: '127.0.0.1' })
  for (let i = 0; i < 10; i++) notProven(await open(inbox, 'jane@mailbox.test', url('jane@mailbox.test', `guess${i}`)))
  const { status, body, headers } = await open(inbox, 'jane@mailbox.test', url('jane@mailbox.test'))
  assert.deepEqual([status, body.code], [429, 'too_many_requests'])
  assert.ok(Number(headers['retry-after']) > 60)
  assert.equal(users.length, 10)
  assert.equal((await open(other, 'eve@mailbox.test', url('eve@mailbox.test'))).status, 201)
})

test('domains in use stay with their workspaces, and shared ones are listed', async (t) => {
  const { db, inbox, other, domains, newInbox } = await two(t)
  const channel = async (workspaceId: string, email: string) => {
    const made = (await open(inbox, `x${randomUUID()}@example.org`)).body.channel
    await db.run(
      sql`update channels set workspace_id = ${workspaceId}, email = ${email}, email_key = ${email} where id = ${made.id}`,
    )
  }
  await channel(inbox.workspaceId, 'a@example.com')
  await channel(other.workspaceId, 'b@example.com')
  await channel(other.workspaceId, 'b@example.net')
  await channel(other.workspaceId, 'b@gmail.com')
  await db.run(sql`drop table domains`)
  await db.run(sql`delete from migrations where name = '030-domains'`)
  assert.deepEqual(await migrate(db), ['030-domains'])
  assert.deepEqual(
    (await listDomains(db)).map(({ domain, workspaceId, reason }) => [domain, workspaceId, reason]),
    [
      ['example.com', inbox.workspaceId, 'SHARED'],
      ['example.com', other.workspaceId, 'SHARED'],
      ['example.net', other.workspaceId, 'FIRST'],
    ],
  )
  const [one, ...more] = await noticesOf(db)
  assert.match(one!, new RegExp(`^The workspace ${inbox.workspaceId} has addresses at example.com, as another`))
  assert.equal(more.length, 1)
  await opens(inbox, 'more@example.com')
  await opens(other, 'others@example.com')
  assert.deepEqual(refusal(await open(await newInbox(), 'c@example.com')), notAllowed)
  for (const { workspaceId } of [inbox, other]) await domains('allow', 'example.com', '--workspace', workspaceId)
  assert.deepEqual(await noticesOf(db), [])
})
