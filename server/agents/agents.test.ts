import assert from 'node:assert/strict'
import test from 'node:test'
import { accept, invite, join, password, signIn, tokenIn } from '../../test/agents.ts'
import { startApp } from '../../test/app.ts'
import { sql } from '../db/sql.ts'
import { firstStart } from '../welcome.ts'
import { hashPassword, isPassword } from './password.ts'

test('a password is kept as a salted hash with its parameters, and composed letters are one password', async () => {
  const hash = await hashPassword('pässword with ümlauts')
  assert.match(hash, /^scrypt:32768:8:3:[\w-]{22}:[\w-]{43}$/)
  assert.notEqual(hash, await hashPassword('pässword with ümlauts'))
  assert.equal(await isPassword('pässword with ümlauts'.normalize('NFD'), hash), true)
  assert.equal(await isPassword('password with umlauts', hash), false)
  assert.equal(await isPassword('', null), false)
  assert.equal(await isPassword('pässword with ümlauts', hash.replace('32768:8:3', '16384:8:1')), false)
})

test('an address and a name are of one agent in a workspace, and of another in every other', async (t) => {
  const { inbox, newInbox } = await startApp(t)
  const other = await newInbox()
  await invite(inbox, { name: 'Ada' })
  await invite(other, { name: 'Ada' })
  const again = await inbox.post('/agents', { name: 'Other', email: 'ADA@team.example' })
  assert.deepEqual([again.status, again.body.code], [409, 'agent_email_taken'])
  assert.equal((await inbox.post('/agents', { name: 'Ada', email: 'x@team.example' })).body.code, 'agent_name_taken')
  const kept = await inbox.post('/agents', { name: 'Ben', email: 'ben@team.example' }, { 'idempotency-key': 'k' })
  assert.match(kept.body.message, /^Idempotency-Key cannot be kept here/)
  const ben = await invite(inbox, { name: 'Ben' })
  assert.equal((await inbox.patch(`/agents/${ben.id}`, { name: 'Ada' })).body.code, 'agent_name_taken')
  assert.equal((await other.patch(`/agents/${ben.id}`, { name: 'Eve' })).body.code, 'agent_not_found')
})

test('a disabled agent is out at once, with sessions, links and keys, and back in only by signing in again', async (t) => {
  const started = await startApp(t)
  const { inbox } = started
  const ada = await join(started, inbox, { name: 'Ada' })
  const key = await inbox.as({ scope: 'user', agent: 'Ada' })
  assert.deepEqual([(await ada.get('/agents')).status, (await key.get('/agents')).status], [200, 200])
  assert.equal((await inbox.patch(`/agents/${ada.id}`, { status: 'DISABLED' })).body.agent.status, 'DISABLED')
  assert.deepEqual([(await ada.get('/agents')).status, (await key.get('/agents')).status], [401, 401])
  assert.equal((await signIn(started, { email: ada.email, password })).status, 401)
  assert.equal((await inbox.patch(`/agents/${ada.id}`, { status: 'ACTIVE' })).body.agent.status, 'ACTIVE')
  assert.equal((await ada.get('/agents')).status, 401)
  assert.equal((await signIn(started, { email: ada.email, password })).status, 201)
  const invited = await invite(inbox, { name: 'Invited' })
  for (const status of ['DISABLED', 'ACTIVE']) await inbox.patch(`/agents/${invited.id}`, { status })
  assert.equal((await inbox.get('/agents')).body.agents.items.at(-1).status, 'INVITED')
})

test('somebody stays admin: the last one cannot go, and of two who disable each other one cannot', async (t) => {
  const started = await startApp(t)
  const { inbox } = started
  const ada = await join(started, inbox, { name: 'Ada', role: 'ADMIN' })
  await invite(inbox, { name: 'Invited', role: 'ADMIN' })
  for (const change of [{ role: 'AGENT' }, { status: 'DISABLED' }])
    assert.equal((await ada.patch(`/agents/${ada.id}`, change)).body.code, 'last_admin')
  const ben = await join(started, inbox, { name: 'Ben', role: 'ADMIN' })
  const answers = await Promise.all([
    ada.patch(`/agents/${ben.id}`, { status: 'DISABLED' }),
    ben.patch(`/agents/${ada.id}`, { status: 'DISABLED' }),
  ])
  assert.equal(answers.filter(({ status }) => status === 200).length, 1)
  assert.ok(answers.some(({ status }) => status === 409 || status === 401))
  const left = (await inbox.get('/agents')).body.agents.items.filter(
    ({ role, status }: any) => role === 'ADMIN' && status === 'ACTIVE',
  )
  assert.equal(left.length, 1)
})

test('the first start has a link for an admin who says who they are', async (t) => {
  const started = await startApp(t)
  await started.db.run(sql`delete from api_keys`)
  await started.db.run(sql`delete from workspaces`)
  const { workspace, invitation } = await firstStart(started.db, true)
  const { token } = invitation!
  assert.equal((await started.ask('GET', `/v1/invitations/${token}`)).body.invitation.email, null)
  assert.equal((await accept(started, token)).body.message, 'email is required.')
  const entered = await accept(started, token, { password, email: 'Root@team.example', name: 'Root' })
  assert.equal(entered.status, 201, entered.text)
  assert.deepEqual(
    [entered.body.workspace.id, entered.body.agent.name, entered.body.agent.role],
    [workspace.id, 'Root', 'ADMIN'],
  )
  assert.equal((await signIn(started, { email: 'root@team.example', password })).status, 201)
  assert.equal((await firstStart(started.db, true)).invitation, undefined)
})

test('a Host header makes no link where others reach the server', async (t) => {
  const linkAt = async (env: Record<string, string>) => {
    const { inbox } = await startApp(t, { env })
    const { body } = await inbox.post(
      '/agents',
      { name: 'Ada', email: 'ada@team.example' },
      { host: 'evil.example', 'x-forwarded-host': 'evil.example' },
    )
    const [id, { url }] = [body.agent.id, body.invitation]
    const again = await inbox.post(`/agents/${id}/invitation`, {}, { host: 'evil.example' })
    assert.equal(again.body.invitation.url.replace(/\w+$/, ''), url.replace(/\w+$/, ''))
    return url.replace(/\w{43}$/, '')
  }
  for (const HOST of ['0.0.0.0', '::', '192.0.2.1', 'localhost.evil.example', '127.0.0.1.evil.example']) {
    assert.equal(await linkAt({ HOST }), '/invitation/')
    assert.equal(await linkAt({ HOST, PUBLIC_URL: 'https://inbox.example' }), 'https://inbox.example/invitation/')
  }
  for (const HOST of ['127.0.0.1', '127.8.0.1', '::1', 'localhost'])
    assert.equal(await linkAt({ HOST }), 'http://evil.example/invitation/')
})

test('an agent who only stood behind a key gets an address with an invitation', async (t) => {
  const started = await startApp(t)
  const { inbox } = started
  await inbox.as({ scope: 'user', agent: 'Ada' })
  const [ada] = (await inbox.get('/agents')).body.agents.items
  assert.deepEqual([ada.email, ada.status], [null, 'ACTIVE'])
  const link = await inbox.post(`/agents/${ada.id}/invitation`, undefined)
  await invite(inbox, { name: 'Ben' })
  const token = tokenIn(link.body.invitation.url)
  const taken = await accept(started, token, { password, email: 'ben@team.example' })
  assert.equal(taken.body.code, 'agent_email_taken')
  assert.equal((await accept(started, token, { password, email: 'ada@team.example' })).body.agent.id, ada.id)
})
