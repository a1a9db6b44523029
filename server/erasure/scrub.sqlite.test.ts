import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freshFolder, startApp } from '../../test/app.ts'
import { makeConversation } from '../../test/make.ts'
import { clientOf, command, startServer } from '../../test/process.ts'
import { check } from '../check/check.ts'
import { scrubErased } from './scrub.ts'

const filesIn = async (dataDir: string): Promise<string> =>
  (
    await Promise.all(
      ['', '-wal'].map((end) => readFile(join(dataDir, `support-inbox.db${end}`), 'latin1').catch(() => '')),
    )
  ).join('')

const assertSound = (dataDir: string): void => {
  const database = new DatabaseSync(join(dataDir, 'support-inbox.db'))
  const rows = database.prepare('pragma integrity_check').all()
  database.close()
  assert.deepEqual(
    rows.map((row) => Object.values(row)),
    [['ok']],
  )
}

/** A folder with a database that somebody has rewritten with a setting of theirs. */
const rewritten = async (t: TestContext, setting: string): Promise<string> => {
  const dataDir = await freshFolder(t)
  const { close } = await startApp(t, { dataDir })
  await close()
  const database = new DatabaseSync(join(dataDir, 'support-inbox.db'))
  database.exec(`pragma journal_mode = delete; ${setting}; vacuum`)
  database.close()
  return dataDir
}

test('an erasure tells when the bytes of the files have nothing of it', async (t) => {
  const { inbox, db, ask } = await startApp(t)
  const { contactId } = await makeConversation(inbox, { email: 'gone@example.com' })
  const { headers, status } = await inbox.delete(`/contacts/${contactId}`)
  assert.equal(status, 204)
  const location = String(headers['location'])
  const id = location.split('/').at(-1)
  const { body } = await inbox.get(`/erasures/${id}`)
  assert.deepEqual([body.erasure.id, body.erasure.scrubbedAt], [id, null])
  await scrubErased(db)
  const { erasures } = (await inbox.get('/erasures')).body
  assert.ok(erasures.items[0].scrubbedAt >= body.erasure.erasedAt)
  assert.equal((await ask('GET', location)).status, 401)
  assert.equal((await inbox.get('/erasures/era_none')).body.code, 'erasure_not_found')
})

test('one pass does for all erasures before it, and those during it get the next', async (t) => {
  const { inbox, db } = await startApp(t)
  let passes = 0
  const counting = { ...db, forget: () => ((passes += 1), db.forget()) }
  const erase = async (i: number) => {
    const { contactId } = await makeConversation(inbox, { email: `gone${i}@example.com` })
    assert.equal((await inbox.delete(`/contacts/${contactId}`)).status, 204)
  }
  await Promise.all(Array.from({ length: 30 }, (_, i) => erase(i)))
  const pass = scrubErased(counting)
  await sleep(20)
  await erase(30)
  await pass
  const waiting = async () =>
    (await inbox.get('/erasures?limit=100')).body.erasures.items.filter((item: any) => item.scrubbedAt === null).length
  assert.deepEqual([passes, await waiting()], [1, 1])
  await scrubErased(counting)
  await scrubErased(counting)
  assert.deepEqual([passes, await waiting()], [2, 0])
})

test('a scrub keeps every row, every search and the file sound beside others who write', async (t) => {
  const { inbox, db, dataDir } = await startApp(t)
  const words = (i: number) => `common word${i % 37} unique${i} ${'filler '.repeat(i % 90)}`
  for (let i = 0; i < 300; i += 30)
    await Promise.all(
      Array.from({ length: 30 }, (_, k) =>
        makeConversation(inbox, { email: `p${i + k}@example.com`, subject: `subject${i + k}`, text: words(i + k) }),
      ),
    )
  const contacts = (await inbox.get('/customers?limit=100')).body.customers.items
  await Promise.all(contacts.slice(0, 60).map(({ contact }: any) => inbox.delete(`/contacts/${contact.id}`)))
  const over = new AbortController()
  const writing = (async () => {
    for (let i = 0; !over.signal.aborted; i++)
      await makeConversation(inbox, { email: `late${i}@example.com`, text: words(i) })
  })()
  await scrubErased(db)
  over.abort()
  await writing
  assert.deepEqual(await check(db, { repair: false }), [])
  const beside = new DatabaseSync(join(dataDir, 'support-inbox.db'))
  assert.deepEqual(
    beside
      .prepare('pragma integrity_check')
      .all()
      .map((row) => ({ ...row })),
    [{ integrity_check: 'ok' }],
  )
  for (const name of ['contacts', 'conversations', 'messages'])
    beside.exec(`insert into ${name}_terms_2 (${name}_terms_2, rank) values ('integrity-check', 0)`)
  beside.close()
})

test('stored bytes that look like a page of the database are kept', async (t) => {
  const { inbox, db, dataDir } = await startApp(t)
  // a leaf without cells, for each place where a page may begin: all behind its header would be unused
  const file = Buffer.alloc(64 * 1024, 'z')
  for (const kind of [2, 5, 10, 13])
    for (let at = kind; at + 8 < file.length; at += 64) file.set([kind, 0, 0, 0, 0, 255, 255, 0], at)
  const { contactId } = await makeConversation(inbox, { email: 'gone@example.com' })
  await db.run({
    parts: ['insert into mail_pieces (workspace_id, message_id, number, bytes) values (', ", 'msg_x', 0, ", ')'],
    values: [inbox.workspaceId, file],
  })
  await inbox.delete(`/contacts/${contactId}`)
  await scrubErased(db)
  const beside = new DatabaseSync(join(dataDir, 'support-inbox.db'), { readOnly: true })
  const kept = beside.prepare("select bytes from mail_pieces where message_id = 'msg_x'").get()
  beside.close()
  assert.ok(file.equals(kept!['bytes'] as Buffer))
})

const scrubProcesses = (): number[] => {
  const found = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
  return [...found.matchAll(/^\s*(\d+) .*scrub-process\.ts/gm)].map(([, pid]) => Number(pid))
}

test('a scrub that is killed at any time holds up nobody, and the next one ends', async (t) => {
  const { inbox, db, dataDir } = await startApp(t)
  const { contactId } = await makeConversation(inbox, { email: 'quuxbury@example.com' })
  await inbox.delete(`/contacts/${contactId}`)
  let killed = 0
  for (let i = 0; i < 12; i++) {
    const scrub = scrubErased(db).catch(() => (killed += 1))
    await sleep(100 * i)
    for (const pid of scrubProcesses()) process.kill(pid, 'SIGKILL')
    await scrub
    assert.equal((await inbox.post('/contacts', { email: `new${i}@example.com` })).status, 201)
  }
  assert.ok(killed > 0)
  await scrubErased(db)
  assert.doesNotMatch(await filesIn(dataDir), /quuxbury/)
  assertSound(dataDir)
})

for (const pageSize of [512, 65_536])
  test(`a database with pages of ${pageSize} bytes stays sound and loses what was erased`, async (t) => {
    const dataDir = await rewritten(t, `pragma page_size = ${pageSize}`)
    const { inbox, db } = await startApp(t, { dataDir })
    await Promise.all(
      Array.from({ length: 60 }, (_, i) => makeConversation(inbox, { email: `quuxbury${i}@example.com` })),
    )
    for (const { contact } of (await inbox.get('/customers?limit=100')).body.customers.items)
      await inbox.delete(`/contacts/${contact.id}`)
    await scrubErased(db)
    assert.doesNotMatch(await filesIn(dataDir), /quuxbury/)
    assertSound(dataDir)
  })

test('a database with auto_vacuum is scrubbed only after compact has rewritten it', async (t) => {
  const dataDir = await rewritten(t, 'pragma auto_vacuum = full')
  const first = await startApp(t, { dataDir })
  for (let i = 0; i < 60; i++) await makeConversation(first.inbox, { email: `quuxbury${i}@example.com` })
  for (const { contact } of (await first.inbox.get('/customers?limit=100')).body.customers.items)
    await first.inbox.delete(`/contacts/${contact.id}`)
  await assert.rejects(scrubErased(first.db), /auto_vacuum/)
  await first.close()
  assertSound(dataDir)
  assert.equal((await command(['compact'], { env: { DATA_DIR: dataDir } })).code, 0)
  const { db } = await startApp(t, { dataDir })
  await scrubErased(db)
  assert.doesNotMatch(await filesIn(dataDir), /quuxbury/)
  assertSound(dataDir)
})

test('a server that was killed goes on with the scrub at its next start', async (t) => {
  const DATA_DIR = await freshFolder(t)
  const first = await startServer(t, { DATA_DIR })
  const ask = clientOf(first)
  const email = 'wilhelmina@secretive.example'
  const { body } = await ask('POST', '/conversations', { email, subject: 'Confidentialsubject', contentText: 'Hello' })
  assert.equal((await ask('DELETE', `/contacts/${body.contact.id}`)).status, 204)
  await first.stop('SIGKILL')
  const second = await startServer(t, { DATA_DIR })
  const again = clientOf({ ...first, address: second.address })
  for (let tries = 0; tries < 300; tries++) {
    const [erasure] = (await again('GET', '/erasures')).body.erasures.items
    if (erasure.scrubbedAt !== null) break
    await sleep(100)
  }
  assert.doesNotMatch((await filesIn(DATA_DIR)).toLowerCase(), /secretive|confidential|wilhelmina/)
  assert.equal(await second.stop('SIGTERM'), 0)
})
