import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freshFolder, startApp } from '../../test/app.ts'
import { freshDatabase } from '../../test/databases.ts'
import { mail, mbox } from '../../test/make.ts'
import { clientOf, startServer, type Target } from '../../test/process.ts'
import { limits } from '../limits.ts'
import { findUnfinished, finishImport } from './queries.ts'

const mails = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    mail({ From: `P${i} <p${i}@example.org>`, To: 'help@team.example', 'Message-ID': `<old${i}@example.org>` }),
  )

/** Where a server keeps its data, on either engine. */
const place = async (t: TestContext) => {
  const { url, drop } = await freshDatabase()
  return { DATA_DIR: await freshFolder(t, drop), DATABASE_URL: url }
}

const sendTo = ({ address, key, workspaceId }: Target) => {
  const ask = clientOf({ address, key, workspaceId })
  return {
    ask,
    send: async (query: string, body: Buffer | string) => {
      const answer = await fetch(`${address}/v1/workspaces/${workspaceId}/support/inbox/imports?${query}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
        body: new Uint8Array(Buffer.from(body)),
      })
      const { import: made, ...more } = (await answer.json()) as any
      return { status: answer.status, made, ...more }
    },
    /** How far it is when that is enough. */
    until: async (id: string, isEnough: (found: any) => boolean) => {
      for (;;) {
        const found = (await ask('GET', `/imports/${id}`)).body.import
        if (isEnough(found)) return found
        await sleep(20)
      }
    },
  }
}

const isOver = ({ status }: { status: string }) => status === 'DONE' || status === 'FAILED'

const filesIn = (dataDir: string) => readdir(join(dataDir, 'imports')).catch(() => [])

test('files that are sent are imported one after another, and every server tells how far they are', async (t) => {
  const env = await place(t)
  const server = await startServer(t, env)
  const { send, until } = sendTo(server)
  const answer = mail(
    { From: 'Ada <help@team.example>', To: 'p1@example.org', 'In-Reply-To': '<old1@example.org>' },
    'Here it is.',
  )
  const archive = mbox([...mails(20), answer])
  const rows = 'email,name,Company\na@example.org,A,X\nnot an address,B,Y\np1@example.org,P,Z\n'
  const first = await send('name=archive.mbox&own=help@team.example&status=OPEN', archive)
  const second = await send('name=contacts.csv', rows)
  assert.deepEqual([first.status, second.status], [202, 202])
  assert.deepEqual(
    [first.made.kind, first.made.status, first.made.bytes, first.made.finishedAt],
    ['MBOX', 'WAITING', archive.length, null],
  )
  const other =
    env.DATABASE_URL === '' ? server : { ...(await startServer(t, { ...env, DATA_DIR: await freshFolder(t) })) }
  const elsewhere = sendTo({ ...server, address: other.address })
  const contacts = await elsewhere.until(second.made.id, isOver)
  const { createdAt, finishedAt, ...report } = contacts
  assert.ok(finishedAt > createdAt)
  assert.deepEqual(report, {
    id: second.made.id,
    name: 'contacts.csv',
    kind: 'CSV',
    status: 'DONE',
    reason: null,
    read: 3,
    stored: 1,
    alreadyThere: 1,
    failed: 1,
    leftOut: { deleted: 0, draft: 0, spam: 0, trash: 0, chat: 0 },
    updated: 0,
    contacts: 1,
    conversations: 0,
    bytesRead: rows.length,
    bytes: rows.length,
    problems: [{ where: 'line 3', why: '"not an address" is not an email address' }],
    unusedColumns: ['Company'],
    columns: null,
  })
  const mailsReport = await until(first.made.id, isOver)
  assert.ok(mailsReport.finishedAt < contacts.finishedAt, 'in the order in which they came')
  assert.deepEqual(
    [mailsReport.status, mailsReport.read, mailsReport.stored, mailsReport.contacts, mailsReport.conversations],
    ['DONE', 21, 21, 20, 20],
  )
  assert.deepEqual(mailsReport.problems, [])
  assert.equal(mailsReport.bytesRead, archive.length)
  const { ask } = elsewhere
  const open = (await ask('GET', '/conversations?status=OPEN&limit=100')).body.conversations
  assert.equal(open.items.length, 20)
  const again = await until((await send('name=archive.mbox', archive)).made.id, isOver)
  assert.deepEqual([again.stored, again.alreadyThere], [0, 21])
  const page = (await ask('GET', '/imports?limit=2')).body.imports
  assert.deepEqual([page.items.map(({ id }: any) => id), page.hasMore], [[again.id, second.made.id], true])
  const rest = (await ask('GET', `/imports?limit=2&cursor=${page.cursor}`)).body.imports
  assert.deepEqual([rest.items[0].id, rest.hasMore], [first.made.id, false])
  const bad = await until((await send('name=bad.csv', 'Street\nHigh Street')).made.id, isOver)
  assert.equal(bad.status, 'FAILED')
  assert.match(bad.reason, /^bad\.csv: The file has no column for the email address/)
  while ((await filesIn(env.DATA_DIR)).length > 0) await sleep(20)
  assert.equal(await server.stop('SIGTERM'), 0)
})

test('a CSV waits for a review, and runs with the columns that were confirmed', async (t) => {
  const env = await place(t)
  const server = await startServer(t, env)
  const { ask, send, until } = sendTo(server)
  const rows = 'Adresse,Kunde,Kunde seit\na@example.org,Ada,2019\nb@example.org,Bob,2020\n'
  const { status, made } = await send('name=kunden.csv&review=true', rows)
  assert.deepEqual([status, made.status], [202, 'REVIEW'])
  assert.deepEqual(made.columns, [
    { name: 'Adresse', field: null, samples: ['a@example.org', 'b@example.org'] },
    { name: 'Kunde', field: null, samples: ['Ada', 'Bob'] },
    { name: 'Kunde seit', field: null, samples: ['2019', '2020'] },
  ])
  const start = (columns: object) => ask('POST', `/imports/${made.id}/start`, { columns })
  const wrong = [{}, { Adresse: 'name' }, { Adresse: 'email', Strasse: 'name' }, { Adresse: 'address' }]
  for (const columns of wrong) {
    const refused = await start(columns)
    assert.equal(refused.status, 400)
    assert.match(refused.body.message, /columns/)
  }
  assert.equal((await ask('GET', '/customers')).body.customers.items.length, 0)
  const started = await start({ Adresse: 'email', Kunde: 'name', 'Kunde seit': null })
  assert.deepEqual([started.status, started.body.import.columns], [202, null])
  assert.equal((await start({ Adresse: 'email' })).status, 409)
  assert.equal((await ask('DELETE', `/imports/${made.id}`)).status, 409)
  const { stored, unusedColumns } = await until(made.id, isOver)
  assert.deepEqual([stored, unusedColumns], [2, ['Kunde seit']])
  const other = await send('name=kunden.csv&review=true', rows)
  assert.equal((await ask('DELETE', `/imports/${other.made.id}`)).status, 204)
  assert.equal((await ask('GET', `/imports/${other.made.id}`)).status, 404)
  while ((await filesIn(env.DATA_DIR)).length > 0) await sleep(20)
  assert.equal((await send('name=a.mbox&review=true', mbox(mails(1)))).status, 400)
  assert.equal((await send('name=a.mbox&include=inbox', mbox(mails(1)))).status, 400)
})

test('an import that was just confirmed is not given up as unconfirmed', async (t) => {
  const { db, inbox } = await startApp(t)
  const { body } = await inbox.post('/imports?name=a.csv&review=true', 'email\na@example.org\n')
  const waiting = (await findUnfinished(db, body.import.id))!
  assert.equal((await inbox.post(`/imports/${waiting.id}/start`, { columns: { email: 'email' } })).status, 202)
  assert.equal(await finishImport(db, waiting, 'Nobody confirmed it.'), 0)
  assert.equal((await inbox.get(`/imports/${waiting.id}`)).body.import.status, 'WAITING')
})

test('a server that is killed half-way goes on when it is started again, and each mail is there once', async (t) => {
  const env = await place(t)
  const server = await startServer(t, env)
  const { send, until } = sendTo(server)
  // more than are stored before it is first noted how far it is
  const count = 2400
  const { made } = await send('name=archive.mbox', mbox(mails(count)))
  const before = await until(made.id, ({ stored }) => stored > 0)
  await server.stop('SIGKILL')
  t.diagnostic(`killed after ${before.read} of ${count} mails`)
  assert.deepEqual([before.status, before.read < count], ['RUNNING', true])
  assert.deepEqual(await filesIn(env.DATA_DIR), [made.id])
  const next = await startServer(t, env)
  const after = sendTo({ ...server, address: next.address })
  const done = await after.until(made.id, isOver)
  assert.deepEqual([done.status, done.read, done.stored + done.alreadyThere], ['DONE', count, count])
  assert.ok(done.alreadyThere >= before.stored)
  const found: string[] = []
  for (let cursor = ''; ;) {
    const { items, hasMore, cursor: at } = (await after.ask('GET', `/customers?limit=100${cursor}`)).body.customers
    found.push(...items.map(({ contact, threadCount }: any) => `${contact.email} ${threadCount}`))
    if (!hasMore) break
    cursor = `&cursor=${at}`
  }
  assert.equal(new Set(found).size, count)
  assert.ok(found.length === count && found.every((text) => text.endsWith(' 1')))
  while ((await filesIn(env.DATA_DIR)).length > 0) await sleep(20)
  await next.stop('SIGTERM')
})

test('what cannot be imported is refused in a sentence, and nothing is left of it', async (t) => {
  const { inbox, dataDir } = await startApp(t)
  const csv = 'email\na@example.org\n'
  const refused: [path: string, body: string, status: number, message: RegExp][] = [
    ['/imports', csv, 400, /^name is required\.$/],
    ['/imports?name=a%0Ab.csv', csv, 400, /^name must be one line/],
    ['/imports?name=a.csv&own=a@b.co,x', csv, 400, /^own must be email addresses, with commas; "x" is none\.$/],
    ['/imports?name=a.csv&own=a@b.co&own=c@b.co', csv, 400, /^own is given twice\.$/],
    ['/imports?name=a.csv&status=ARCHIVED', csv, 400, /^status must be one of OPEN, CLOSED\.$/],
    ['/imports?name=a.csv&map=x', csv, 400, /^map is not a parameter of this request\.$/],
    ['/imports?name=a.csv', '', 400, /empty/],
    ['/imports?name=notes.txt', 'nothing', 400, /^notes\.txt is not known to be importable: expected an mbox file/],
    ['/imports?name=../../x', '{}', 400, /^\.\.\/\.\.\/x is not known to be importable/],
  ]
  for (const [path, body, status, message] of refused) {
    const answer = await inbox.post(path, body)
    assert.equal(answer.status, status, path)
    assert.match(answer.body.message, message)
  }
  const large = await inbox.post('/imports?name=a.csv', csv, { 'content-length': String(limits.importBytes + 1) })
  assert.deepEqual([large.status, large.body.message], [413, 'The body is larger than 1073741824 bytes.'])
  const packed = await inbox.post('/imports?name=a.csv', csv, { 'content-encoding': 'gzip' })
  assert.equal(packed.status, 415)
  const agent = await inbox.as({ scope: 'user', agent: 'Ada' })
  for (const answer of [await agent.post('/imports?name=a.csv', csv), await agent.get('/imports')])
    assert.equal(answer.status, 403)
  assert.equal((await inbox.get('/imports/imp_none')).body.message, 'Import not found.')
  assert.deepEqual(await filesIn(dataDir), [])
  const [first, again] = [
    await inbox.post('/imports?name=a.csv', csv, { 'idempotency-key': 'k' }),
    await inbox.post('/imports?name=a.csv', csv, { 'idempotency-key': 'k' }),
  ]
  assert.equal(first.text, again.text)
  assert.equal((await inbox.post('/imports?name=a.csv', `${csv}b@x.co`, { 'idempotency-key': 'k' })).status, 422)
  assert.deepEqual(await filesIn(dataDir), [first.body.import.id])
})

test('a file may arrive slowly; one that does not arrive whole leaves nothing', async (t) => {
  const { app, inbox, dataDir } = await startApp(t)
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  // looked at once a second
  app.server.headersTimeout = app.server.requestTimeout = 100
  const { secret } = await inbox.as({ scope: 'api_user' })
  const begin = (path: string) => {
    const sending = request(`${address}/v1/workspaces/${inbox.workspaceId}/support/inbox${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json', 'content-length': '27' },
    })
    sending.on('error', () => {})
    sending.write('email\na@exampl')
    return sending
  }
  const [slow, cut] = [begin('/imports?name=slow.csv'), begin('/imports?name=cut.csv')]
  while ((await filesIn(dataDir)).length < 2) await sleep(20)
  const impatient = begin('/contacts')
  const [{ statusCode }] = (await once(impatient, 'response')) as [{ statusCode: number }]
  assert.equal(statusCode, 408)
  slow.end('e.org\nb@x.co\n')
  cut.destroy()
  const [answer] = (await once(slow, 'response')) as [{ statusCode: number; resume(): void }]
  answer.resume()
  assert.equal(answer.statusCode, 202)
  while ((await filesIn(dataDir)).length > 1) await sleep(20)
  const { items } = (await inbox.get('/imports')).body.imports
  assert.deepEqual(
    items.map(({ name, bytes }: any) => [name, bytes]),
    [['slow.csv', 27]],
  )
})
