import assert from 'node:assert/strict'
import test from 'node:test'
import { freshFolder, startApp, type Answer, type Inbox } from '../../test/app.ts'
import { freshDatabase } from '../../test/databases.ts'
import { makeConversation } from '../../test/make.ts'
import { startServer } from '../../test/process.ts'
import { readConfig } from '../config.ts'
import { limits } from '../limits.ts'
import { openDatabase } from '../db/open.ts'
import { sql } from '../db/sql.ts'
import { forgetOldAnswers } from './answer-once.ts'

const jane = { email: 'jane@example.com' }
const key = (name: string) => ({ 'idempotency-key': name })
const isReplay = ({ headers }: Answer) => headers['idempotent-replayed'] === 'true'

const messagesIn = async (inbox: Inbox, id: string): Promise<string[]> =>
  (await inbox.get(`/conversations/${id}/messages?limit=100`)).body.thread.messages.items.map(
    (message: { contentText: string }) => message.contentText,
  )

test('every POST of the API is done once and answered again with the same bytes', async (t) => {
  const { app, db, inbox } = await startApp(t)
  const { id, messageId } = await makeConversation(inbox, jane)
  await db.run(sql`update messages set status = 'FAILED' where id = ${messageId}`)
  const bodies: Record<string, object | string> = {
    '/imports': 'email\nnew@example.com\n',
    '/imports/{importId}/start': { columns: { email: 'email' } },
    '/channels': { kind: 'FORM', name: 'Contact us' },
    '/saved-replies': { shortcut: 'thanks', title: 'Thanks', contentText: 'Thank you' },
    '/contacts': { email: 'new@example.com' },
    '/conversations': { ...jane, subject: 'Second', contentText: 'Hello again' },
    '/files': 'the file',
    '/conversations/{conversationId}/messages/{messageId}/retry': '',
    '/conversations/{conversationId}/messages': { contentText: 'Once', contentHtml: '<b>Once</b>' },
  }
  const { body: waiting } = await inbox.post('/imports?name=new.csv&review=true', 'email\nnew@example.com\n')
  const { paths } = (await app.inject({ url: '/openapi.json' })).json()
  // a mail, a form's post and a visitor's message are told apart by what they are
  const hasKey = ({ name }: { name: string }) => name === 'idempotency-key'
  const posts = Object.keys(paths).filter((path) => paths[path].post?.parameters?.some(hasKey))
  assert.deepEqual(
    posts.map((path) => path.replace(/.*\/inbox/, '')).sort(),
    Object.keys(bodies).sort(),
    'each POST that takes the header has a row here',
  )
  for (const [path, body] of Object.entries(bodies)) {
    const ids = path
      .replace('{conversationId}', id)
      .replace('{messageId}', messageId)
      .replace('{importId}', waiting.import.id)
    const url = path === '/imports' || path === '/files' ? `${path}?name=new.csv` : ids
    const status = path.startsWith('/imports') ? 202 : path.endsWith('/retry') ? 200 : 201
    const post = () => inbox.post(url, body, key(path))
    const [first, again] = [await post(), await post()]
    assert.deepEqual([first.status, again.status], [status, status])
    assert.equal(again.text, first.text)
    assert.deepEqual([isReplay(first), isReplay(again)], [false, true])
    assert.equal(again.headers['content-type'], first.headers['content-type'])
    assert.notEqual(again.headers['x-request-id'], first.headers['x-request-id'])
  }
  assert.deepEqual(await messagesIn(inbox, id), ['How can we help?', 'Once'])
  assert.equal((await inbox.get('/conversations')).body.conversations.items.length, 2)
})

test('200 simultaneous retries have one effect and 200 equal answers', async (t) => {
  const { inbox } = await startApp(t)
  const { id } = await makeConversation(inbox, jane)
  const post = () => inbox.post(`/conversations/${id}/messages`, { contentText: 'Once' }, key('k'))
  const answers = await Promise.all(Array.from({ length: 200 }, post))
  assert.equal(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, 1)
  assert.equal(answers[0]!.status, 201)
  assert.equal(answers.filter((answer) => !isReplay(answer)).length, 1)
  assert.deepEqual(await messagesIn(inbox, id), ['How can we help?', 'Once'])
})

test('another body or another path with the same key is 422 and does nothing; spaces in the JSON are no difference', async (t) => {
  const { inbox } = await startApp(t)
  const first = await inbox.post('/contacts', jane, key('k'))
  for (const [path, body] of [
    ['/contacts', { ...jane, name: 'Jane' }],
    ['/conversations', { ...jane, subject: 'x', contentText: 'x' }],
  ] as const) {
    const { status, body: answer } = await inbox.post(path, body, key('k'))
    assert.deepEqual([status, answer.code], [422, 'idempotency_key_reused'])
  }
  assert.equal((await inbox.post('/contacts', '{ "email" : "jane@example.com" }', key('k'))).text, first.text)
  const { items } = (await inbox.get('/customers')).body.customers
  assert.deepEqual([items.length, items[0].threadCount], [1, 0])
})

test("a key counts for the API key it came with: another one's is another request", async (t) => {
  const { inbox, newInbox } = await startApp(t)
  const { id } = await makeConversation(inbox, jane)
  const colleague = await inbox.as({ scope: 'user', agent: 'Ann' })
  const post = (as: Inbox) => as.post(`/conversations/${id}/messages`, { contentText: 'Hi' }, key('k'))
  assert.deepEqual([isReplay(await post(inbox)), isReplay(await post(colleague))], [false, false])
  assert.equal((await messagesIn(inbox, id)).length, 3)
  const other = await newInbox()
  const there = await other.post('/contacts', jane, key('k'))
  assert.deepEqual([there.status, isReplay(there)], [201, false])
})

test('a key that is empty, too long or not visible ASCII is 400 and named', async (t) => {
  const { inbox } = await startApp(t)
  for (const name of ['', 'x'.repeat(256), 'a b', 'schlüssel']) {
    const { status, body } = await inbox.post('/contacts', jane, key(name))
    assert.deepEqual([status, body.message], [400, 'idempotency-key must be 1 to 255 visible ASCII characters.'])
  }
  assert.equal((await inbox.post('/contacts', jane, key('~'.repeat(255)))).status, 201)
})

test('a refusal by rule is kept and given again, a conflict or a missing right is not', async (t) => {
  const { inbox } = await startApp(t)
  const { id } = await makeConversation(inbox, jane)
  const text = { contentText: 'x' }
  const [missing, missingAgain] = [
    await inbox.post('/conversations/thd_none/messages', text, key('missing')),
    await inbox.post('/conversations/thd_none/messages', text, key('missing')),
  ]
  assert.deepEqual([missing.status, isReplay(missing), isReplay(missingAgain)], [404, false, true])
  assert.equal(missingAgain.text, missing.text)
  const user = await inbox.as({ scope: 'user', agent: 'Ann' })
  const forbidden = { ...text, direction: 'INBOUND' }
  for (let i = 0; i < 2; i++) {
    const answer = await user.post(`/conversations/${id}/messages`, forbidden, key('forbidden'))
    assert.deepEqual([answer.status, isReplay(answer)], [403, false])
  }
  // what the schema refuses never began: the key is still good for the corrected body
  assert.equal((await inbox.post('/contacts', { email: 'nope' }, key('typo'))).status, 400)
  assert.equal((await inbox.post('/contacts', jane, key('typo'))).status, 200)
})

test('a conflict is not kept: the retry does it once it is over', async (t) => {
  const { inbox } = await startApp(t)
  const reply = { title: 'Thanks', contentText: 'Thank you' }
  const channel = { kind: 'EMAIL', name: 'Help', email: 'help@example.com' }
  for (const [path, body] of [
    ['/saved-replies', { ...reply, shortcut: 'thanks' }],
    ['/channels', channel],
  ] as const) {
    const first = await inbox.post(path, body)
    const again = () => inbox.post(path, body, key(`taken${path}`))
    for (const { status, headers } of [await again(), await again()])
      assert.deepEqual([status, headers['idempotent-replayed']], [409, undefined])
    const { id } = first.body.channel ?? first.body.savedReply
    assert.equal((await inbox.delete(`${path}/${id}`)).status, 204)
    const [done, replayed] = [await again(), await again()]
    assert.deepEqual([done.status, isReplay(done), replayed.status, isReplay(replayed)], [201, false, 201, true])
  }
})

test('a failure of ours is not kept: the retry does it', async (t) => {
  const { db, inbox } = await startApp(t)
  const { transaction } = db
  db.transaction = (fn) =>
    transaction(async (tx) => {
      await fn(tx)
      throw new Error('broken just before the end')
    })
  assert.equal((await inbox.post('/contacts', jane, key('k'))).status, 500)
  db.transaction = transaction
  const answer = await inbox.post('/contacts', jane, key('k'))
  assert.deepEqual([answer.status, isReplay(answer)], [201, false])
})

test('one that is still running is waited for up to five seconds, then told 409', async (t) => {
  const { db, inbox } = await startApp(t)
  const { transaction } = db
  const held = Promise.withResolvers<void>()
  db.transaction = async (fn) => {
    db.transaction = transaction
    await held.promise
    return transaction(fn)
  }
  const first = inbox.post('/contacts', jane, key('k'))
  await new Promise(setImmediate)
  const begin = performance.now()
  const late = await inbox.post('/contacts', jane, key('k'))
  const waited = performance.now() - begin
  assert.deepEqual([late.status, late.body.code, late.headers['retry-after']], [409, 'request_running', '1'])
  assert.ok(waited >= limits.idempotencyWait - 10 && waited < limits.idempotencyWait + 2000, `${waited} ms`)
  const patient = inbox.post('/contacts', jane, key('k'))
  held.resolve()
  assert.equal((await patient).text, (await first).text)
})

test('an answer is kept for a day, then deleted, and the key may be used again', async (t) => {
  const { db, inbox } = await startApp(t)
  await inbox.post('/contacts', jane, key('old'))
  await inbox.post('/contacts', jane, key('young'))
  const ago = new Date(Date.now() - limits.idempotencyLifetime - 1000).toISOString()
  const age = () => db.run(sql`update answers set created_at = ${ago} where idempotency_key = ${'old'}`)
  const stored = async () =>
    (await db.many<{ name: string }>(sql`select idempotency_key as name from answers order by name`)).map(
      ({ name }) => name,
    )
  await age()
  const used = await inbox.post('/contacts', { email: 'bob@example.com' }, key('old'))
  assert.deepEqual([used.status, isReplay(used)], [201, false])
  assert.equal(isReplay(await inbox.post('/contacts', { email: 'bob@example.com' }, key('old'))), true)
  assert.deepEqual(await stored(), ['old', 'young'])
  await age()
  await forgetOldAnswers(db)
  assert.deepEqual(await stored(), ['young'])
})

test('nothing of an erased contact stays in the stored answers', async (t) => {
  const { db, inbox } = await startApp(t)
  await inbox.post('/contacts', { email: 'bob@example.com' }, key('bob'))
  const { body } = await inbox.post('/contacts', jane, key('jane'))
  const started = await inbox.post('/conversations', { ...jane, subject: 's', contentText: 'c' }, key('start'))
  await inbox.post(`/conversations/${started.body.conversation.id}/messages`, { contentText: 'm' }, key('reply'))
  assert.equal((await inbox.delete(`/contacts/${body.contact.id}`)).status, 204)
  const rows = await db.many<{ idempotency_key: string }>(sql`select * from answers`)
  assert.deepEqual(
    rows.map((row) => row.idempotency_key),
    ['bob'],
  )
})

test('killed between effect and answer: a retry finds both or none', async (t) => {
  const { url, drop } = await freshDatabase()
  const dataDir = await freshFolder(t, drop)
  const env = { DATA_DIR: dataDir, DATABASE_URL: url }
  let server = await startServer(t, env)
  const { key: secret, workspaceId } = server
  const watcher = await openDatabase(readConfig({ DATA_DIR: dataDir, DATABASE_URL: url }), {
    role: 'command',
    onFatal: () => {},
  })
  const stored = async () => (await watcher.one<{ n: number }>(sql`select count(*) as n from answers`))!.n

  const post = async (path: string, name: string, body: object) => {
    const answer = await fetch(`${server.address}/v1/workspaces/${workspaceId}/support/inbox${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json', ...key(name) },
      body: JSON.stringify(body),
    })
    return { isReplay: answer.headers.has('idempotent-replayed'), status: answer.status, text: await answer.text() }
  }
  const kept = { both: 0, none: 0 }
  // who is killed a moment too early or too late has only the one: the moment is met sooner or later
  for (let round = 0; round < 25 && (kept.both === 0 || kept.none === 0); round++) {
    const started = await post('/conversations', `start-${round}`, { ...jane, subject: 's', contentText: 'first' })
    const { conversation } = JSON.parse(started.text)
    const names = Array.from({ length: 40 }, (_, i) => `message-${round}-${i}`)
    const write = (name: string) => post(`/conversations/${conversation.id}/messages`, name, { contentText: name })
    const before = await stored()
    const heard = new Map<string, string>()
    const writing = names.map((name) =>
      write(name).then(
        ({ text }) => heard.set(name, text),
        () => {},
      ),
    )
    // a commit is seen here before its answer is on its way
    while ((await stored()) === before) await new Promise(setImmediate)
    await server.stop('SIGKILL')
    await Promise.all(writing)
    server = await startServer(t, env)
    for (const name of names) {
      let answer = await write(name)
      while (answer.status === 503) answer = await write(name)
      assert.equal(answer.status, 201)
      if (heard.has(name)) assert.deepEqual([answer.isReplay, answer.text], [true, heard.get(name)])
      else kept[answer.isReplay ? 'both' : 'none'] += 1
    }
    const messages = await watcher.many<{ text: string }>(
      sql`select content_text as text from messages where conversation_id = ${conversation.id}`,
    )
    assert.deepEqual(messages.map(({ text }) => text).sort(), ['first', ...names].sort())
  }
  t.diagnostic(`of those without an answer ${kept.both} had effect and answer stored, ${kept.none} neither`)
  assert.ok(kept.both > 0 && kept.none > 0)
  await watcher.close()
  await server.stop('SIGTERM')
})
