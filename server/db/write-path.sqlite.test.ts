import assert from 'node:assert/strict'
import { renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freshFolder } from '../../test/app.ts'
import { ApiError } from '../errors.ts'
import type { Db, Queries, Tx } from './db.ts'
import { holdServerLock, isServed } from './server-lock.ts'
import { sql } from './sql.ts'
import { SqliteConnection } from './sqlite-connection.ts'
import { assertSqliteVersion, databaseName, openSqlite } from './sqlite.ts'
import { openWalFile, type WalFile } from './wal-file.ts'

// The seven points of docs/write-path.md, on the real files.

const unexpected = (error: Error) => {
  throw error
}

interface Options {
  onFatal?: (error: Error) => void
  openWal?: (file: string) => WalFile
}

const open = async (t: TestContext, { onFatal = unexpected, openWal = openWalFile }: Options = {}) => {
  let closed: Promise<void> | undefined
  const close = () => (closed ??= db.close())
  const dataDir = await freshFolder(t, () => close())
  const db = openSqlite({ dataDir, role: 'server', onFatal, openWal })
  await db.run(sql`create table notes (id integer primary key, text text not null unique)`)
  return { db, dataDir, file: join(dataDir, databaseName), close }
}

const add = (tx: Tx | Db, text: string) => tx.run(sql`insert into notes (text) values (${text})`)
const count = async (db: Queries) => (await db.one<{ n: number }>(sql`select count(*) as n from notes`))!.n
const isUnavailable = (error: unknown) => error instanceof ApiError && error.code === 'storage_unavailable'

/** The real file, with a gate before each sync and a count of them. */
const gated = () => {
  const gate = { syncs: 0, isFailing: false, wait: Promise.resolve() }
  const openWal = (file: string): WalFile => {
    const wal = openWalFile(file)
    const sync = async () => {
      gate.syncs += 1
      await gate.wait
      if (gate.isFailing) throw new Error('EIO: i/o error, fdatasync')
      await wal.sync()
    }
    return { ...wal, sync }
  }
  return { gate, openWal }
}

test('1: another process that holds the write lock delays a write and not the event loop', async (t) => {
  const { db, file } = await open(t)
  const other = new DatabaseSync(file)
  other.exec('begin immediate')
  let ticks = 0
  const ticking = setInterval(() => (ticks += 1), 5)
  const written = add(db, 'patient')
  await sleep(150)
  clearInterval(ticking)
  assert.equal(await count(db), 0)
  assert.ok(ticks > 5, `the loop went round ${ticks} times`)
  other.exec('rollback')
  other.close()
  await written
  assert.equal(await count(db), 1)
})

test('1: the settings of each connection are those of the page, and another one is not accepted', async (t) => {
  const { file } = await open(t)
  for (const [synchronous, number] of [
    ['normal', 1],
    ['full', 2],
  ] as const) {
    const connection = new SqliteConnection(file, { synchronous })
    const found = [
      'journal_mode',
      'synchronous',
      'wal_autocheckpoint',
      'busy_timeout',
      'secure_delete',
      'foreign_keys',
    ].map((name) => connection.pragma(name))
    assert.deepEqual(found, ['wal', number, 0, 0, 1, 1])
    connection.close()
  }
  const reader = new SqliteConnection(file, { synchronous: 'normal', readOnly: true })
  assert.throws(() => reader.exec('create table more (n)'), /readonly/)
  reader.close()
  assert.throws(() => new SqliteConnection(':memory:', { synchronous: 'normal' }), /did not take pragma journal_mode/)
})

test('1: what is read in one turn of the event loop is of one state, and the next turn sees the newest', async (t) => {
  const { db, file } = await open(t)
  const other = new DatabaseSync(file)
  assert.equal(await count(db), 0)
  other.exec("insert into notes (text) values ('by another process')")
  assert.equal(await count(db), 0)
  await sleep(1)
  assert.equal(await count(db), 1)
  await add(db, 'our own')
  assert.equal(await count(db), 2)
  await sleep(1)
  assert.deepEqual({ ...other.prepare('pragma wal_checkpoint(truncate)').get() }, { busy: 0, log: 0, checkpointed: 0 })
  other.close()
})

test('4: another process that reads delays the scrub, and nobody waits for it', async (t) => {
  const { db, file } = await open(t)
  await add(db, 'something')
  const other = new DatabaseSync(file)
  other.exec('begin')
  other.prepare('select count(*) from notes').get()
  await add(db, 'deleted soon')
  await db.run(sql`delete from notes where text = 'deleted soon'`)
  let isDone = false
  const scrubbed = db.forget().then(() => (isDone = true))
  await sleep(1200)
  await add(db, 'written meanwhile')
  assert.equal(isDone, false)
  other.exec('commit')
  other.close()
  await scrubbed
  assert.ok(statSync(`${file}-wal`).size <= 10_000, 'emptied when the other has ended')
})

test('1: an SQLite that can lose data is refused', () => {
  assert.throws(() => assertSqliteVersion('3.51.2'), /3\.51\.3 or newer is needed/)
  for (const version of ['3.51.3', '3.52.0', '4.0.0']) assertSqliteVersion(version)
})

test('2: what waits is grouped: a hundred writes take few syncs, and a failing one is rolled back alone', async (t) => {
  const { gate, openWal } = gated()
  const { db } = await open(t, { openWal })
  gate.syncs = 0
  const outcomes = await Promise.allSettled(
    Array.from({ length: 100 }, (_, i) =>
      db.transaction(async (tx) => {
        await add(tx, `first of ${i}`)
        await add(tx, i % 10 === 0 ? 'taken' : `second of ${i}`)
      }),
    ),
  )
  assert.equal(outcomes.filter(({ status }) => status === 'rejected').length, 9)
  assert.equal(await count(db), 2 * 91)
  assert.ok(gate.syncs < 100, `${gate.syncs} syncs`)
})

test('2: a transaction that awaits anything but its own verbs is stopped, and holds up nobody', async (t) => {
  const { db } = await open(t)
  const slow = db.transaction(async (tx) => {
    await add(tx, 'never')
    await sleep(20)
    await add(tx, 'too late')
  })
  const quick = add(db, 'quick')
  await assert.rejects(slow, /awaited something other than the verbs of its tx/)
  await quick
  assert.deepEqual(await db.many(sql`select text from notes`).then((rows) => rows.map((row) => ({ ...row }))), [
    { text: 'quick' },
  ])
})

test('2: what is left for the commit happens once, in order, and not at all when its transaction fails', async (t) => {
  const { db } = await open(t)
  const leave = (tx: Tx, text: string) => tx.atCommit(sql`insert into notes (text) values (${text})`)
  const kept = db.transaction(async (tx) => {
    leave(tx, 'last')
    await add(tx, 'first')
    return count(tx)
  })
  const failed = db.transaction(async (tx) => {
    leave(tx, 'never')
    throw new Error('no')
  })
  await assert.rejects(failed, /no/)
  assert.equal(await kept, 1)
  assert.deepEqual(
    (await db.many<{ text: string }>(sql`select text from notes order by id`)).map(({ text }) => text),
    ['first', 'last'],
  )
})

test('2: a transaction object that is used after its end throws', async (t) => {
  const { db } = await open(t)
  let kept: Tx | undefined
  await db.transaction(async (tx) => {
    kept = tx
    await add(tx, 'inside')
  })
  await assert.rejects(add(kept!, 'outside'), /this transaction has ended/)
  assert.equal(await count(db), 1)
})

test('3: until it is synced nobody is told of a commit, neither its writer nor a reader', async (t) => {
  const { gate, openWal } = gated()
  const { db } = await open(t, { openWal })
  let openGate = () => {}
  gate.wait = new Promise((resolve) => (openGate = resolve))
  let isAnswered = false
  const written = add(db, 'soon').then(() => (isAnswered = true))
  while (gate.syncs < 2) await sleep(1)
  assert.deepEqual([isAnswered, await count(db)], [false, 0])
  openGate()
  await written
  assert.equal(await count(db), 1)
})

test('3: a read does not wait for a sync that is under way', async (t) => {
  const { gate, openWal } = gated()
  const { db } = await open(t, { openWal })
  await add(db, 'before')
  let openGate = () => {}
  gate.wait = new Promise((resolve) => (openGate = resolve))
  const written = add(db, 'during')
  await sleep(20)
  for (let i = 0; i < 1000; i++) assert.equal(await count(db), 1)
  openGate()
  await written
})

test('3: a slow sync does not hold up the next commit; each is told and seen when it is on the disk, in order', async (t) => {
  const gates: (() => void)[] = []
  const openWal = (file: string): WalFile => {
    const wal = openWalFile(file)
    return { ...wal, sync: () => new Promise<void>((go) => gates.push(go)).then(wal.sync) }
  }
  const atSync = async (n: number) => {
    while (gates.length <= n) await sleep(1)
  }
  const opening = open(t, { openWal })
  await atSync(0)
  gates[0]!()
  const { db } = await opening
  const told: string[] = []
  const write = (text: string) => add(db, text).then(() => told.push(text))
  const first = write('first')
  await atSync(1)
  const second = write('second')
  await atSync(2)
  const third = write('third')
  await atSync(3)
  const fourth = write('fourth')
  await sleep(50)
  assert.deepEqual([gates.length, told, await count(db)], [4, [], 0], 'no more than three syncs at once')
  gates[2]!()
  await sleep(20)
  assert.deepEqual([told, await count(db)], [[], 0], 'the second waits for the first')
  gates[1]!()
  await Promise.all([first, second])
  assert.deepEqual([told, await count(db)], [['first', 'second'], 2])
  await atSync(4)
  gates[3]!()
  await third
  assert.equal(await count(db), 3, 'the fourth is committed, and not yet on the disk')
  gates[4]!()
  await fourth
  assert.equal(await count(db), 4)
})

test('6: what was committed beside a sync that failed is not told either', async (t) => {
  const { gate, openWal } = gated()
  const { db } = await open(t, { openWal, onFatal: () => {} })
  let openGate = () => {}
  gate.wait = new Promise((resolve) => (openGate = resolve))
  gate.isFailing = true
  gate.syncs = 0
  const first = add(db, 'first')
  while (gate.syncs < 1) await sleep(1)
  const second = add(db, 'second')
  while (gate.syncs < 2) await sleep(1)
  openGate()
  for (const outcome of await Promise.allSettled([first, second]))
    assert.ok(outcome.status === 'rejected' && isUnavailable(outcome.reason))
  assert.equal(await count(db), 0)
})

/** Reads all notes, and takes a while. */
const longRead = sql`with recursive n (i) as (select 1 union all select i + 1 from n where i < 1000000)
  select text from notes where (select count(*) from n) > 0`

test('3: what is read apart holds up nobody, and those who ask take turns', async (t) => {
  const { db } = await open(t)
  await add(db, 'here')
  let ticks = 0
  const ticking = setInterval(() => (ticks += 1), 5)
  const answered: string[] = []
  const ask = async (whose: string) => {
    assert.deepEqual(await db.manyApart(longRead, whose), [{ text: 'here' }])
    answered.push(whose)
  }
  await Promise.all(['first', 'first', 'first', 'second'].map(ask))
  clearInterval(ticking)
  assert.deepEqual(answered, ['first', 'second', 'first', 'first'])
  assert.ok(ticks > 5, `the loop went round ${ticks} times`)
  await assert.rejects(db.manyApart(sql`select 1 from nowhere`, 'first'), /no such table/)
  await ask('first')
})

test('3: what is read apart is told when it is on the disk, and after a failed sync it is what was there before', async (t) => {
  const { gate, openWal } = gated()
  const { db } = await open(t, { openWal, onFatal: () => {} })
  const readApart = () => db.manyApart<{ text: string }>(sql`select text from notes`, 'anyone')
  await add(db, 'old')
  const { promise, resolve } = Promise.withResolvers<void>()
  gate.wait = promise
  const syncs = gate.syncs
  const written = add(db, 'new')
  while (gate.syncs === syncs) await sleep(1)
  let isTold = false
  const told = readApart().finally(() => (isTold = true))
  await sleep(100)
  assert.equal(isTold, false)
  resolve()
  assert.deepEqual(await told, [{ text: 'old' }, { text: 'new' }])
  await written
  gate.isFailing = true
  const lost = assert.rejects(add(db, 'never told'), isUnavailable)
  while (gate.syncs === syncs + 1) await sleep(1)
  const rows = await readApart()
  await lost
  assert.deepEqual(rows, [{ text: 'old' }, { text: 'new' }])
  assert.deepEqual(await readApart(), rows)
})

test('4: the log is started anew between what is read apart, however much of it there is', async (t) => {
  const { db, file } = await open(t)
  for (let i = 0; i < 40; i++) await add(db, `note ${i} ${'x'.repeat(1000)}`)
  const over = new AbortController()
  const reading = (async () => {
    while (!over.signal.aborted) await Promise.all([db.manyApart(longRead, 'first'), db.manyApart(longRead, 'second')])
  })()
  await db.forget()
  assert.ok(statSync(`${file}-wal`).size <= 10_000)
  over.abort()
  await reading
})

/** Resolves to how many notes it added: 60 MB of them. */
const addMuch = async (db: Db, { rest }: { rest: number }): Promise<number> => {
  const text = 'x'.repeat(4000)
  for (let round = 0; round < 60; round++) {
    await Promise.all(Array.from({ length: 250 }, (_, i) => add(db, `${round} ${i} ${text}`)))
    await sleep(rest)
  }
  return 60 * 250
}

test('4: the WAL is moved into the database by the worker and started anew before it grows large', async (t) => {
  const { db, file } = await open(t)
  const added = await addMuch(db, { rest: 20 })
  assert.ok(statSync(file).size > 30 * 1024 * 1024, 'most of it is in the database file')
  assert.ok(statSync(`${file}-wal`).size < 64 * 1024 * 1024, `WAL of ${statSync(`${file}-wal`).size} bytes`)
  await db.forget()
  assert.ok(statSync(`${file}-wal`).size < 100_000)
  assert.equal(await count(db), added)
})

test('4: a command that is alone moves the WAL into the database, too, before it grows large', async (t) => {
  const { dataDir, file, close } = await open(t)
  await close()
  const command = openSqlite({ dataDir, role: 'command', onFatal: unexpected })
  const added = await addMuch(command, { rest: 0 })
  assert.ok(statSync(file).size > 30 * 1024 * 1024, 'most of it is in the database file')
  assert.ok(statSync(`${file}-wal`).size < 32 * 1024 * 1024, `WAL of ${statSync(`${file}-wal`).size} bytes`)
  assert.equal(await count(command), added)
  await command.close()
})

test('5: a WAL that was deleted under the server is a failed sync', async (t) => {
  const dataDir = await freshFolder(t)
  const file = join(dataDir, 'some.db')
  writeFileSync(`${file}-wal`, 'frames')
  const wal = openWalFile(file)
  await wal.sync()
  renameSync(`${file}-wal`, `${file}-moved`)
  await wal.sync()
  unlinkSync(`${file}-moved`)
  await assert.rejects(wal.sync(), /was deleted while the server was using it/)
  wal.close()
})

test('6: the first failed sync is the last: 503 for those who wait, nobody is told, nothing more is taken', async (t) => {
  const { gate, openWal } = gated()
  const fatal: Error[] = []
  const { db } = await open(t, { openWal, onFatal: (error) => fatal.push(error) })
  await add(db, 'safe')
  gate.isFailing = true
  const waiting = await Promise.allSettled([add(db, 'lost'), add(db, 'lost, too')])
  for (const outcome of waiting) assert.ok(outcome.status === 'rejected' && isUnavailable(outcome.reason))
  gate.isFailing = false
  await assert.rejects(add(db, 'later'), isUnavailable)
  await assert.rejects(db.ready(), /EIO/)
  assert.equal(await count(db), 1)
  assert.deepEqual(
    fatal.map(({ message }) => message),
    ['EIO: i/o error, fdatasync'],
  )
})

test('7: a second server on the same folder is refused; a command may write beside the first', async (t) => {
  const { db, dataDir, close } = await open(t)
  assert.throws(
    () => openSqlite({ dataDir, role: 'server', onFatal: unexpected }),
    /Another support-inbox server is already running/,
  )
  const command = openSqlite({ dataDir, role: 'command', onFatal: unexpected })
  await Promise.all([
    ...Array.from({ length: 50 }, (_, i) => add(command, `command ${i}`)),
    ...Array.from({ length: 50 }, (_, i) => add(db, `server ${i}`)),
  ])
  await command.close()
  await add(db, 'after')
  assert.equal(await count(db), 101)
  await close()
  const next = openSqlite({ dataDir, role: 'server', onFatal: unexpected })
  assert.equal(await count(next), 101)
  await next.close()
})

test('7: a command alone commits once for what comes while it works, and beside a server briefly each time', async (t) => {
  const { dataDir, close } = await open(t)
  const syncsOf = async (name: string) => {
    const command = openSqlite({ dataDir, role: 'command', onFatal: unexpected })
    const added: Promise<unknown>[] = []
    for (let i = 0; i < 200; i++) {
      added.push(add(command, `${name} ${i}`))
      await new Promise(setImmediate)
    }
    await Promise.all(added)
    const { log } = await command.figures()
    await command.close()
    return log!.syncs
  }
  const beside = await syncsOf('beside')
  await close()
  const alone = await syncsOf('alone')
  t.diagnostic(`${beside} and ${alone} commits`)
  // eight at first, and at most twice as many each time
  assert.ok(beside >= 5, `${beside} commits beside a server`)
  assert.ok(alone <= 3, `${alone} commits alone`)
})

test('7: a command sees whether a server runs, and never keeps one from starting', async (t) => {
  const dataDir = await freshFolder(t)
  assert.equal(isServed(dataDir), false)
  const lock = holdServerLock(dataDir)
  assert.equal(isServed(dataDir), true)
  assert.throws(() => holdServerLock(dataDir), /already running/)
  lock.release()
  assert.equal(isServed(dataDir), false)
})

test('7: a lock file that is none is not taken for another server', async (t) => {
  const dataDir = await freshFolder(t)
  writeFileSync(join(dataDir, 'server.lock'), 'random bytes, and enough of them to be looked at as a header')
  assert.throws(
    () => openSqlite({ dataDir, role: 'server', onFatal: unexpected }),
    /cannot be opened for writing: file is not a database/,
  )
})

test('numbers are bound as integers, and nested sql becomes part of the text', async (t) => {
  const { db } = await open(t)
  await add(db, 'a')
  await add(db, 'b')
  const only = sql`where text = ${'b'}`
  const row = await db.one<{ id: number; kind: string }>(
    sql`select id, typeof(${1}) as kind from notes ${only} limit ${1}`,
  )
  assert.deepEqual({ ...row }, { id: 2, kind: 'integer' })
})

test('on macOS every connection syncs through the cache of the disk', async (t) => {
  const platform = Object.getOwnPropertyDescriptor(process, 'platform')!
  t.after(() => Object.defineProperty(process, 'platform', platform))
  const file = join(await freshFolder(t), databaseName)
  for (const [value, expected] of [
    ['darwin', 1],
    ['linux', 0],
  ] as const) {
    Object.defineProperty(process, 'platform', { ...platform, value })
    const connection = new SqliteConnection(file, { synchronous: 'full' })
    const found = ['fullfsync', 'checkpoint_fullfsync'].map((name) => connection.pragma(name))
    connection.close()
    assert.deepEqual(found, [expected, expected], value)
  }
})
