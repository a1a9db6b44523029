import assert from 'node:assert/strict'
import test from 'node:test'
import { accept, cookieOf, fromOwnPage, invite, join, password, signIn, tokenIn } from '../../test/agents.ts'
import { startApp, type Answer } from '../../test/app.ts'
import { startMail } from '../../test/smtp.ts'
import { hashOfToken } from '../agents/invitations.ts'
import { limits } from '../limits.ts'
import { sql } from '../db/sql.ts'

test('an invitation lets in once, with a password of its own, and shows who it is for', async (t) => {
  const started = await startApp(t)
  const { ask, inbox, pageOf } = started
  const made = await inbox.post('/agents', { name: 'Ada', email: ' ada@team.example ' })
  const { id, ...ada } = made.body.agent
  assert.deepEqual(ada, { name: 'Ada', email: 'ada@team.example', role: 'AGENT', status: 'INVITED' })
  const token = tokenIn(made.body.invitation.url)
  assert.equal(made.body.invitation.url, `http://localhost:80/invitation/${token}`)
  const shown = (await ask('GET', `/v1/invitations/${token}`)).body.invitation
  assert.deepEqual(
    [shown.kind, shown.email, shown.name, shown.workspace.name],
    ['INVITATION', 'ada@team.example', 'Ada', 'Support'],
  )
  for (const wrong of ['short', 'x'.repeat(11), 'x'.repeat(257)])
    assert.equal(
      (await accept(started, token, { password: wrong })).body.message,
      'password must have 12 to 256 characters.',
    )
  const entered = await accept(started, token)
  assert.equal(entered.status, 201)
  assert.deepEqual(entered.body.agent, { id, name: 'Ada', email: 'ada@team.example', role: 'AGENT' })
  assert.match(
    String(entered.headers['set-cookie']),
    /^session=\w{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Lax$/,
  )
  assert.doesNotMatch(entered.text, new RegExp(cookieOf(entered)))
  const page = pageOf(inbox.workspaceId, cookieOf(entered))
  assert.equal((await page.get('/agents')).body.agents.items[0].status, 'ACTIVE')
  for (const again of [await accept(started, token), await ask('GET', `/v1/invitations/${token}`)])
    assert.deepEqual([again.status, again.body.code], [404, 'invitation_not_found'])
})

test('of two who use an invitation at the same time one gets in', async (t) => {
  const started = await startApp(t)
  const { token } = await invite(started.inbox, { name: 'Ada' })
  const answers = await Promise.all(
    ['one has this password', 'another has this one'].map((password) => accept(started, token, { password })),
  )
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201, 404]))
})

test('used, expired, replaced, of a disabled agent and never made: a link that does not work says one thing', async (t) => {
  const started = await startApp(t)
  const { ask, db, inbox } = started
  const old = await invite(inbox, { name: 'Old' })
  await db.run(sql`update invitations set expires_at = ${new Date().toISOString()} where agent_id = ${old.id}`)
  const replaced = await invite(inbox, { name: 'Replaced' })
  assert.equal((await inbox.post(`/agents/${replaced.id}/invitation`, undefined)).status, 201)
  const disabled = await invite(inbox, { name: 'Disabled' })
  await inbox.patch(`/agents/${disabled.id}`, { status: 'DISABLED' })
  const told = new Set<string>()
  for (const token of [old.token, replaced.token, disabled.token, 'x'.repeat(43), hashOfToken(replaced.token)])
    for (const answer of [await ask('GET', `/v1/invitations/${token}`), await accept(started, token)])
      told.add(answer.text.replace(/req_\w+/, ''))
  assert.equal(told.size, 1)
  assert.equal((await inbox.post(`/agents/${disabled.id}/invitation`, undefined)).body.code, 'agent_disabled')
})

test('email and password sign in, whatever case the address is typed in; a wrong one and a strange one are told the same', async (t) => {
  const started = await startApp(t)
  await join(started, started.inbox, { name: 'Ada' })
  const right = await signIn(started, { email: 'ADA@Team.Example', password })
  assert.deepEqual([right.status, right.body.workspace.id], [201, started.inbox.workspaceId])
  const invited = await invite(started.inbox, { name: 'Invited' })
  const failures = await Promise.all(
    [
      { email: 'ada@team.example', password: `${password}.` },
      { email: 'nobody@team.example', password },
      { email: invited.email, password },
    ].map((credentials) => signIn(started, credentials)),
  )
  const told = failures.map(({ status, text }) => `${status} ${text.replace(/req_\w+/, '')}`)
  assert.equal(new Set(told).size, 1)
  assert.match(told[0]!, /^401 .*sign_in_failed/)
})

test('an address that nobody has takes as long as a wrong password', async (t) => {
  const started = await startApp(t)
  await join(started, started.inbox, { name: 'Ada' })
  const took = async (email: string) => {
    const begin = performance.now()
    await signIn(started, { email, password: 'not the password at all' })
    return performance.now() - begin
  }
  const [known, unknown]: [number[], number[]] = [[], []]
  for (let i = 0; i < 4; i++) {
    known.push(await took('ada@team.example'))
    unknown.push(await took(`nobody${i}@team.example`))
  }
  const [a, b] = [Math.min(...known), Math.min(...unknown)]
  t.diagnostic(`wrong password ${Math.round(a)} ms, nobody ${Math.round(b)} ms`)
  assert.ok(b > a / 2, `${a} and ${b} ms`)
})

test('an address that is an agent of several workspaces signs in to the first, or to the one that is named', async (t) => {
  const started = await startApp(t)
  const other = await started.newInbox('Other')
  await join(started, started.inbox, { name: 'Ada' })
  const { token } = await invite(other, { name: 'Ada' })
  await accept(started, token, { password: 'another password for there' })
  const email = 'ada@team.example'
  assert.equal((await signIn(started, { email, password })).body.workspace.id, started.inbox.workspaceId)
  const there = { email, password: 'another password for there' }
  assert.equal((await signIn(started, there)).status, 401)
  const named = await signIn(started, { ...there, workspaceId: other.workspaceId })
  assert.equal(named.body.workspace.name, 'Other')
  assert.equal((await started.pageOf(started.inbox.workspaceId, cookieOf(named)).get('/agents')).status, 404)
})

test('a session is an agent of the public API: AGENT with the rights of a user key, ADMIN with all', async (t) => {
  const started = await startApp(t)
  const { inbox, ask } = started
  const ada = await join(started, inbox, { name: 'Ada', role: 'ADMIN' })
  const ben = await join(started, inbox, { name: 'Ben' })
  assert.equal((await ada.get('/channels')).status, 200)
  const refused = await ben.get('/channels')
  assert.deepEqual(
    [refused.status, refused.body.message],
    [403, 'Your session has the scope user; this needs api_user.'],
  )
  const started2 = await ben.post('/conversations', { email: 'jane@example.com', subject: 'Hi', contentText: 'Hello' })
  const { items } = (await ben.get(`/conversations/${started2.body.conversation.id}/messages`)).body.thread.messages
  assert.equal(items[0].agentId, ben.id)
  const kept = { 'idempotency-key': 'once' }
  const note = () =>
    ben.post(`/conversations/${started2.body.conversation.id}/messages`, { contentText: 'x', note: true }, kept)
  assert.equal((await note()).text, (await note()).text)
  assert.equal((await ben.patch(`/agents/${ben.id}`, { name: 'Benjamin' })).body.agent.name, 'Benjamin')
  assert.equal((await ben.patch(`/agents/${ben.id}`, { role: 'ADMIN' })).status, 403)
  assert.equal((await ben.patch(`/agents/${ada.id}`, { name: 'Eve' })).status, 403)
  const { body } = await ask('GET', '/v1/session', { session: ada.session })
  assert.deepEqual([body.agent.name, body.agent.role, body.session.id], ['Ada', 'ADMIN', ada.sessionId])
  assert.deepEqual((await ask('GET', '/v1/session')).body.code, 'not_signed_in')
})

test('what changes something by a cookie must come from a page of this server', async (t) => {
  const started = await startApp(t, { env: { PUBLIC_URL: 'https://inbox.example' } })
  const { ask, inbox } = started
  const { session } = await join(started, inbox, { name: 'Ada' })
  const url = `/v1/workspaces/${inbox.workspaceId}/support/inbox/contacts`
  const cookie = `session=${session}`
  const post = async (headers: Record<string, string>) =>
    (await ask('POST', url, { body: { email: 'jane@example.com' }, headers: { cookie, ...headers } })).body.code
  for (const headers of [
    {},
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost.evil.example' },
    { origin: 'http://localhost:81' },
    { 'sec-fetch-site': 'cross-site', origin: 'http://localhost:80' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
  ])
    assert.equal(await post(headers), 'foreign_page', JSON.stringify(headers))
  for (const headers of [
    { origin: 'http://localhost:80' },
    { origin: 'https://inbox.example' },
    { 'sec-fetch-site': 'same-origin' },
  ])
    assert.equal(await post(headers), undefined, JSON.stringify(headers))
  for (const [method, path] of [
    ['POST', '/v1/sessions'],
    ['DELETE', '/v1/session'],
    ['PUT', '/v1/session/password'],
    ['POST', '/v1/password-resets'],
    ['POST', `/v1/invitations/${'x'.repeat(43)}`],
  ] as const)
    assert.equal(
      (await ask(method, path, { headers: { cookie, origin: 'https://evil.example' } })).body.code,
      'foreign_page',
    )
  // a key is sent by nobody but its owner
  const { secret } = await inbox.as({ scope: 'api_user' })
  assert.equal(
    (
      await ask('POST', url, {
        key: secret,
        body: { email: 'x@example.com' },
        headers: { origin: 'https://evil.example' },
      })
    ).status,
    201,
  )
  // where people reach it by https the cookie never travels otherwise
  assert.match(
    String((await signIn(started, { email: 'ada@team.example', password })).headers['set-cookie']),
    /; Secure$|; Secure,/,
  )
})

test('signing in gives a token that nobody knew, and ends the session that the browser had', async (t) => {
  const started = await startApp(t)
  const eve = await join(started, started.inbox, { name: 'Eve' })
  await join(started, started.inbox, { name: 'Ada' })
  const headers = { cookie: `session=${eve.session}` }
  const entered = await signIn(started, { email: 'ada@team.example', password }, headers)
  assert.notEqual(cookieOf(entered), eve.session)
  assert.equal((await started.ask('GET', '/v1/session', { session: eve.session })).status, 401)
  for (const cookie of ['x'.repeat(43), hashOfToken(cookieOf(entered)), `${cookieOf(entered)}x`, ''])
    assert.equal((await started.ask('GET', '/v1/session', { headers: { cookie: `session=${cookie}` } })).status, 401)
  const stored = JSON.stringify(await started.db.many(sql`select * from sessions`))
  assert.ok(!stored.includes(cookieOf(entered)))
})

test('over https the cookie is one that no other host of the domain can set', async (t) => {
  const started = await startApp(t, { env: { PUBLIC_URL: 'https://inbox.example' } })
  const { ask, inbox } = started
  const { email, session } = await join(started, inbox, { name: 'Ada' })
  const setBy = async (answer: Promise<Answer>) => (await answer).headers['set-cookie']
  const attributes = 'HttpOnly; SameSite=Lax; Secure'
  const gone = (name: string) => `${name}=; Path=/; Max-Age=0; ${attributes}`
  const [secure, plain] = (await setBy(signIn(started, { email, password }))) as string[]
  assert.match(secure!, /^__Host-session=\w{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure$/)
  assert.equal(plain, gone('session'))
  // one of before the upgrade
  assert.equal((await ask('GET', '/v1/session', { session })).status, 200)
  const out = ask('DELETE', '/v1/session', { session })
  assert.deepEqual(await setBy(out), [gone('__Host-session'), gone('session')])
  assert.equal((await ask('GET', '/v1/session', { session })).status, 401)
})

test('cookies that another host of the domain has set sign nobody out', async (t) => {
  const started = await startApp(t)
  const { ask, inbox } = started
  const ada = await join(started, inbox, { name: 'Ada' })
  const eve = await join(started, inbox, { name: 'Eve' })
  const planted = ['session=', 'session=x', 'session="', `session=${'x'.repeat(43)}`, `xsession=${eve.session}`]
  const askWith = (method: string, path: string, ...cookies: string[]) =>
    ask(method, path, { headers: { cookie: cookies.join('; '), ...fromOwnPage } })
  const urls = ['/v1/session', `/v1/workspaces/${inbox.workspaceId}/support/inbox/agents`]
  for (const own of [`session=${ada.session}`, `__Host-session=${ada.session}`])
    for (const cookies of [
      [...planted, own],
      [own, ...planted],
      [...planted, own, ...planted],
    ])
      for (const url of urls) assert.equal((await askWith('GET', url, ...cookies)).status, 200)
  // her own counts before a session of somebody else
  const secure = `__Host-session=${ada.session}`
  const many = Array.from({ length: 100 }, () => `session=${eve.session}`)
  assert.equal((await askWith('GET', '/v1/session', ...many, secure)).body.agent.name, 'Ada')
  // signed out is signed out: of all that the browser sends
  assert.equal((await askWith('DELETE', '/v1/session', `session=${eve.session}`, secure)).status, 204)
  for (const { session } of [ada, eve]) assert.equal((await ask('GET', '/v1/session', { session })).status, 401)
})

test('sessions are listed, end one by one, and end by themselves after 30 days', async (t) => {
  const started = await startApp(t)
  const { ask, db, inbox } = started
  const ada = await join(started, inbox, { name: 'Ada' })
  const ben = await join(started, inbox, { name: 'Ben' })
  const phone = await signIn(started, { email: ada.email, password }, { 'user-agent': 'Phone' })
  const { items } = (await ask('GET', '/v1/sessions?limit=10', { session: ada.session })).body.sessions
  assert.deepEqual(
    items.map((item: any) => [item.id, item.userAgent, item.isCurrent]),
    [
      [phone.body.session.id, 'Phone', false],
      [ada.sessionId, 'lightMyRequest', true],
    ],
  )
  const end = (session: string, id: string) => ask('DELETE', `/v1/sessions/${id}`, { session })
  assert.equal((await end(ben.session, phone.body.session.id)).body.code, 'session_not_found')
  assert.equal((await end(ada.session, phone.body.session.id)).status, 204)
  assert.equal((await ask('GET', '/v1/session', { session: cookieOf(phone) })).status, 401)
  const out = await ask('DELETE', '/v1/session', { session: ada.session })
  assert.deepEqual(
    [out.status, String(out.headers['set-cookie']).startsWith('session=; Path=/; Max-Age=0')],
    [204, true],
  )
  assert.equal((await ada.get('/agents')).status, 401)
  assert.ok(
    Date.parse(phone.body.session.expiresAt) - Date.parse(phone.body.session.createdAt) === limits.sessionLifetime,
  )
  await db.run(sql`update sessions set expires_at = ${new Date().toISOString()}`)
  assert.equal((await ben.get('/agents')).status, 401)
})

test('a new password ends every other session, and takes the old one', async (t) => {
  const started = await startApp(t)
  const { ask } = started
  const ada = await join(started, started.inbox, { name: 'Ada' })
  const other = await signIn(started, { email: ada.email, password })
  const link = await started.inbox.post(`/agents/${ada.id}/invitation`, undefined)
  const change = (body: object) => ask('PUT', '/v1/session/password', { session: ada.session, body })
  assert.equal(
    (await change({ currentPassword: 'wrong', password: 'a new long password' })).body.code,
    'wrong_password',
  )
  const changed = await change({ currentPassword: password, password: 'a new long password' })
  assert.equal(changed.status, 200)
  for (const session of [ada.session, cookieOf(other)])
    assert.equal((await ask('GET', '/v1/session', { session })).status, 401)
  assert.equal((await ask('GET', '/v1/session', { session: cookieOf(changed) })).status, 200)
  assert.equal((await accept(started, tokenIn(link.body.invitation.url))).status, 404)
  assert.equal((await signIn(started, { email: ada.email, password })).status, 401)
  assert.equal((await signIn(started, { email: ada.email, password: 'a new long password' })).status, 201)
})

test('signing in is throttled by address and by email address, known or not', async (t) => {
  const { ask } = await startApp(t)
  // all at once, so that no time passes in which more are let through
  const statusesOf = (count: number, path: string, body: object, from?: string) =>
    Promise.all(
      Array.from({ length: count }, async () => {
        const where = from === undefined ? {} : { from }
        return (await ask('POST', path, { body, headers: fromOwnPage, ...where })).status
      }),
    )
  const nobody = { email: 'Nobody@team.example', password: '' }
  const ofEmail = await statusesOf(limits.signInsOfEmail + 5, '/v1/sessions', nobody)
  assert.ok(ofEmail.filter((status) => status === 401).length >= limits.signInsOfEmail)
  assert.ok(ofEmail.includes(429))
  const link = `/v1/invitations/${'x'.repeat(43)}`
  const ofAddress = await statusesOf(limits.signInsOfAddress + 5, link, { password }, '192.0.2.9')
  assert.ok(ofAddress.filter((status) => status === 404).length >= limits.signInsOfAddress)
  assert.ok(ofAddress.includes(429))
  const other = { email: 'other@team.example', password: '' }
  assert.deepEqual(await statusesOf(1, '/v1/sessions', other, '192.0.2.10'), [401])
})

test('a forgotten password: a mail with a link that works once, and no word of whether anybody has the address', async (t) => {
  const started = await startMail(t, { publicUrl: 'https://inbox.example' })
  const { ask, inbox, world } = started
  const ada = await join(started, inbox, { name: 'Ada' })
  const wish = (email: string) => ask('POST', '/v1/password-resets', { body: { email }, headers: fromOwnPage })
  const answers = [await wish('nobody@team.example'), await wish('ADA@team.example')]
  assert.deepEqual(
    answers.map(({ status, text }) => [status, text]),
    [
      [202, '{}'],
      [202, '{}'],
    ],
  )
  const mail = await world.nth(1)
  assert.deepEqual(
    [mail.to![0]!.address, mail.from!.address, mail.subject],
    [ada.email, 'help@example.com', 'Choose a new password'],
  )
  const token = /https:\/\/inbox\.example\/invitation\/(\w{43})\r?\n/.exec(mail.text!)![1]!
  assert.equal((await ask('GET', `/v1/invitations/${token}`)).body.invitation.kind, 'RESET')
  assert.equal((await ada.get('/agents')).status, 200)
  const entered = await accept(started, token, { password: 'the one after the first' })
  assert.equal(entered.body.agent.id, ada.id)
  assert.equal((await ada.get('/agents')).status, 401)
  assert.equal((await accept(started, token)).status, 404)
  assert.equal(world.taken.length, 1)
})
