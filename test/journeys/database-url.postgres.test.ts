import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { readConfig, Refusal } from '../../server/config.ts'
import { openDatabase } from '../../server/db/open.ts'
import { freshFolder } from '../app.ts'
import { certificate } from '../certificate.ts'
import { freshDatabase } from '../databases.ts'
import { startPostgres } from '../postgres.ts'
import { command, startServer } from '../process.ts'

const password = 'pa/ss#w@rd'
const encoded = encodeURIComponent(password)

/** As providers give it: TLS only, a role that owns its database and is nothing else. */
const setUp = async (t: test.TestContext) => {
  const postgres = await startPostgres({ isGuarded: true })
  const folder = await freshFolder(t, postgres.stop)
  const admin = new pg.Client(`${postgres.server}/postgres`)
  await admin.connect()
  for (const text of [
    `create role inbox login password '${password}'`,
    'create database inbox owner inbox',
    "create role guest login password 'guest'",
    "create role crowd login connection limit 0 password 'crowd'",
    "create database latin owner inbox encoding 'LATIN1' locale_provider libc locale 'C' template template0",
  ])
    await admin.query(text)
  await admin.end()
  const authority = join(folder, 'authority.pem')
  writeFileSync(authority, certificate)
  const port = new URL(postgres.server).port
  return { port, folder, authority, url: `postgres://inbox:${encoded}@localhost:${port}/inbox` }
}

test('an owner of one database who is nothing else serves over TLS, its certificate checked or not', async (t) => {
  const { url, authority, port } = await setUp(t)
  for (const mode of [`verify-full&sslrootcert=${authority}`, `verify-ca&sslrootcert=${authority}`, 'require']) {
    const server = await startServer(t, { DATABASE_URL: `${url}?sslmode=${mode}` })
    assert.equal(server.data, `postgres://localhost:${port}/inbox`)
    assert.equal((await fetch(`${server.address}/readyz`)).status, 200)
    assert.equal(await server.stop('SIGTERM'), 0)
    assert.equal(server.texts.stderr, '')
  }
})

test('what is wrong with DATABASE_URL or behind it is said in one line, and never with the password', async (t) => {
  const { url, authority, folder, port } = await setUp(t)
  const of = (user: string, rest: string) => `postgres://${user}@localhost:${port}/${rest}`
  const refused: [url: string, sentence: RegExp][] = [
    [url, /^PostgreSQL wants an encrypted connection\. Add \?sslmode=verify-full /],
    [
      `${url}?sslmode=verify-full`,
      /^The certificate of postgres:\S+ is of an authority that is not trusted here\. Add /,
    ],
    [
      `${url}?sslmode=verify-full&sslrootcert=${authority}`.replace('localhost', '127.0.0.1'),
      /^The certificate of postgres:\S+ is for another name\. /,
    ],
    [`${url}?sslmode=verify-ca`, /^With sslmode=verify-ca DATABASE_URL must name the authority: &sslrootcert=FILE\./],
    [
      `${url}?sslmode=verify-full&sslrootcert=${folder}/none.pem`,
      /^A certificate file that DATABASE_URL names cannot be read \(ENOENT.+none\.pem'\)\./,
    ],
    [
      of(`inbox:${encoded}x`, 'inbox?sslmode=require'),
      /^PostgreSQL refuses the password of the user inbox\. Check both/,
    ],
    [
      of('inbox', 'inbox?sslmode=require'),
      /^PostgreSQL wants a password of the user inbox, and DATABASE_URL has none\./,
    ],
    [of(`inbox:${password}`, 'inbox?sslmode=require'), /^DATABASE_URL cannot be read \(Invalid URL\)\. It looks like /],
    [of(`inbox:${encoded}`, 'nowhere?sslmode=require'), /^There is no database nowhere\. .+ "nowhere" owner "inbox"/],
    [of(`inbox:${encoded}`, 'latin?sslmode=require'), /^The database latin has the encoding LATIN1\. Make one that /],
    [
      of('guest:guest', 'inbox?sslmode=require'),
      /^The user guest lacks rights .+ alter database "inbox" owner to "guest"/,
    ],
    [of('crowd:crowd', 'inbox?sslmode=require'), /^PostgreSQL has no connection left \(too many connections for role /],
    [`postgres://inbox:${encoded}@nowhere.invalid/inbox`, /^The host nowhere\.invalid is not known\. Check its name /],
    [`postgres://inbox:${encoded}@localhost:1/inbox`, /^Nothing listens at postgres:\/\/localhost:1\/inbox\. Start /],
    [
      `postgres://inbox:${encoded}@/inbox?host=${folder}`,
      /^Nothing listens at postgres:\/\/\/inbox\?host=\/\S+\. Start /,
    ],
  ]
  for (const [databaseUrl, sentence] of refused) {
    const config = readConfig({ DATABASE_URL: databaseUrl })
    const refusal = await openDatabase(config, { role: 'server', onFatal: () => {} }).catch((error: unknown) => error)
    assert.ok(refusal instanceof Refusal, `${databaseUrl}: ${String(refusal)}`)
    assert.match(refusal.message, sentence)
    for (const secret of [password, encoded]) assert.ok(!refusal.message.includes(secret))
  }
  const [[databaseUrl, sentence]] = refused as [[string, RegExp]]
  const { code, stdout, stderr } = await command(['serve'], { env: { DATABASE_URL: databaseUrl } })
  assert.deepEqual([code, stdout], [1, ''])
  assert.match(stderr, sentence)
  assert.match(stderr, /^.+\n$/)
})

test('a server that starts while another changes the schema waits for it, longer than any request may', async (t) => {
  const { url, drop } = await freshDatabase()
  t.after(drop)
  const other = new pg.Client(url)
  await other.connect()
  await other.query('drop schema public cascade; create schema public')
  await other.query('begin; select pg_advisory_xact_lock(7236911)')
  const begin = performance.now()
  const starting = startServer(t, { DATABASE_URL: url })
  await sleep(6000)
  await other.query('commit')
  const server = await starting
  assert.ok(performance.now() - begin > 6000)
  await server.stop('SIGTERM')
  await other.end()
})
