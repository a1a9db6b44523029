import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { freshFolder } from '../../test/app.ts'
import { certificate, key as privateKey } from '../../test/certificate.ts'
import { freshDatabase } from '../../test/databases.ts'
import { startNameServer, type Zone } from '../../test/dns.ts'
import { command, startServer } from '../../test/process.ts'
import { startWorldsServer } from '../../test/smtp.ts'
import { checkDns } from './dns.ts'
import type { Finding } from './finding.ts'

const complete: Zone = {
  'example.com': { MX: [[10, 'mail.example.com']], TXT: ['v=spf1 mx -all', 'another'] },
  'mail.example.com': { A: ['192.0.2.1'] },
  's1._domainkey.example.com': { TXT: ['v=DKIM1; k=rsa; p=MIGf'] },
  '_dmarc.example.com': { TXT: ['v=DMARC1; p=quarantine'] },
}

const diagnose = async (env: Record<string, string>, ...words: string[]) => {
  const run = await command(['doctor', '--json', ...words], { env })
  const { ok, checks } = run.json() as { ok: boolean; checks: Finding[] }
  const of = (check: string) => checks.filter((one) => one.check === check)
  return { code: run.code, ok, checks, of, statusOf: (check: string) => of(check).map(({ status }) => status) }
}

test('the doctor finds nothing where all is right', async (t) => {
  const { url, drop } = await freshDatabase()
  const folder = await freshFolder(t, drop)
  const world = await startWorldsServer()
  t.after(world.close)
  const tls = { TLS_CERT: join(folder, 'cert.pem'), TLS_KEY: join(folder, 'key.pem') }
  writeFileSync(tls.TLS_CERT, certificate)
  writeFileSync(tls.TLS_KEY, privateKey)
  const env = { DATA_DIR: join(folder, 'data'), DATABASE_URL: url, SMTP_URL: world.url, MIN_FREE_SPACE: '0', ...tls }
  const server = await startServer(t, { ...env, SMTP_PORT: '0' })
  await command(
    [
      'channels',
      'create',
      '--workspace',
      server.workspaceId,
      '--kind',
      'EMAIL',
      '--name',
      'Help',
      '--email',
      'help@example.com',
    ],
    { env },
  )
  const running = { PORT: new URL(server.address).port, SMTP_PORT: String(server.smtpPort), PUBLIC_URL: server.address }
  const dns = await startNameServer(t, complete)
  const { code, ok, checks } = await diagnose({ ...env, ...running }, '--dns', dns, '--selector', 's1')
  // a PostgreSQL of tests has a superuser and gives up durability
  const mine = checks.filter(({ check, status }) => !(url !== '' && check === 'database settings' && status !== 'OK'))
  assert.deepEqual(
    mine.filter(({ status }) => status !== 'OK'),
    [],
  )
  if (url === '') assert.deepEqual([code, ok], [0, true])
  for (const check of [
    'versions',
    'data folder',
    'disk',
    'clock',
    'database',
    'database writes',
    'SMTP out',
    'SMTP in',
    'TLS',
    'server',
    'public address',
    'MX of example.com',
    'SPF of example.com',
    'DKIM of s1._domainkey.example.com',
    'DMARC of example.com',
  ])
    assert.ok(
      checks.some((one) => one.check === check),
      check,
    )
  assert.equal(world.taken.length, 0)
  const { stdout } = await command(['doctor', '--dns', dns], { env: { ...env, ...running } })
  assert.match(stdout, /^OK +versions: support-inbox [^]*OK +SMTP in: Port \d+ answers, with STARTTLS\./)
})

test('the doctor says what is wrong, what to do, and exits with 1', async (t) => {
  const folder = await freshFolder(t)
  const data = join(folder, 'data')
  const env = {
    DATA_DIR: data,
    HOST: '0.0.0.0',
    PORT: '1',
    SMTP_PORT: '2',
    SMTP_URL: 'smtp://127.0.0.1:3',
    MIN_FREE_SPACE: '1000000000',
    TLS_CERT: join(folder, 'none.pem'),
    TLS_KEY: join(folder, 'none.pem'),
  }
  const none = await diagnose(env)
  assert.equal(none.code, 1)
  assert.match(none.of('database')[0]!.found, /^There is no database in /)
  assert.deepEqual(none.statusOf('data folder'), ['FAIL'])

  const { id } = (await command(['workspaces', 'create', '--name', 'x', '--json'], { env: { DATA_DIR: data } })).json()
  await command(
    ['channels', 'create', '--workspace', id, '--kind', 'EMAIL', '--name', 'Help', '--email', 'help@example.com'],
    { env: { DATA_DIR: data } },
  )
  chmodSync(data, 0o755)
  const { code, ok, checks, of } = await diagnose(env, '--dns', '127.0.0.1:1')
  assert.deepEqual([code, ok], [1, false])
  assert.ok(checks.every(({ status, action }) => (status === 'OK') === (action === undefined)))
  const told = (check: string) =>
    of(check)
      .map(({ status, found }) => `${status} ${found}`)
      .join('\n')
  assert.match(told('data folder'), /^WARN .+ can be read by other users\.$/)
  assert.match(told('disk'), /^FAIL .+ are free\.$/)
  assert.match(told('SMTP out'), /^FAIL SMTP_URL: The mail server could not be reached\. Code: ECONNREFUSED\.$/)
  assert.match(told('SMTP in'), /^FAIL Port 2: connect ECONNREFUSED/)
  assert.match(told('TLS'), /^FAIL ENOENT/)
  assert.match(told('server'), /^WARN http:\/\/localhost:1 does not answer/)
  assert.match(told('public address'), /^FAIL PUBLIC_URL is not set/)
  assert.match(told('DNS'), /^WARN No name server answers/)
  const wrong = await command(['doctor', '--dns', 'nowhere'], { env })
  assert.deepEqual([wrong.code, wrong.stderr.split('. ')[0]], [2, '--dns nowhere is not an address'])
})

test('the doctor reads the DNS of channels as receivers do', async (t) => {
  const statuses = async (change: Zone, selectors: string[] = [], domain = 'example.com') => {
    const server = await startNameServer(t, { ...complete, ...change })
    const found = await checkDns({ domains: [domain], selectors, server })
    return Object.fromEntries(found.map(({ check, status }) => [check.split(' ')[0], status]))
  }
  const all = { MX: 'OK', SPF: 'OK', DKIM: 'OK', DMARC: 'OK' }
  assert.deepEqual(await statuses({}), all)
  const mx = (MX: [number, string][], TXT = ['v=spf1 -all']) => ({ 'example.com': { MX, TXT } })
  const right: [number, string][] = [[10, 'mail.example.com']]
  for (const [change, selectors, expected] of [
    [mx([]), [], { MX: 'WARN' }],
    [mx([[0, '']]), [], { MX: 'FAIL' }],
    [mx([[0, 'nowhere.example.com']]), [], { MX: 'FAIL' }],
    [mx(right, []), [], { SPF: 'WARN' }],
    [mx(right, ['v=spf1 -all', 'v=spf1 mx']), [], { SPF: 'FAIL' }],
    [mx(right, ['v=spf1 +all']), [], { SPF: 'FAIL' }],
    [mx(right, ['v=spf10 -all']), [], { SPF: 'WARN' }],
    [{}, ['s1'], {}],
    [{}, ['s2'], { DKIM: 'FAIL' }],
    [{ 's1._domainkey.example.com': { TXT: ['v=DKIM1; p='] } }, ['s1'], { DKIM: 'FAIL' }],
    [{ '_dmarc.example.com': { TXT: ['x'] } }, [], { DMARC: 'WARN' }],
    [{ '_dmarc.example.com': { TXT: ['v=DMARC1; p=none', 'v=DMARC1; p=none'] } }, [], { DMARC: 'FAIL' }],
  ] as [Zone, string[], object][])
    assert.deepEqual(await statuses(change, selectors), { ...all, ...expected }, JSON.stringify(change))
  // a domain that has nothing of its own has the DMARC record of the one above it
  assert.deepEqual(await statuses({}, [], 'help.example.com'), { MX: 'WARN', SPF: 'WARN', DKIM: 'WARN', DMARC: 'OK' })
  assert.deepEqual(await statuses({}, [], 'gmail.com'), { DNS: 'OK' })
})

test('what others say does not reach the terminal as it is', async (t) => {
  const env = { DATA_DIR: join(await freshFolder(t), 'data') }
  const { id } = (await command(['workspaces', 'create', '--name', 'x', '--json'], { env })).json()
  await command(
    ['channels', 'create', '--workspace', id, '--kind', 'EMAIL', '--name', 'Help', '--email', 'help@example.com'],
    { env },
  )
  const record = `v=spf1 \u001b[2J\u0007 ${'x'.repeat(2000)} -all`
  const dns = await startNameServer(t, { 'example.com': { TXT: [record] } })
  const { stdout } = await command(['doctor', '--dns', dns], { env })
  assert.match(stdout, /v=spf1/)
  assert.doesNotMatch(stdout.replaceAll('\n', ''), /\p{Cc}/u)
  assert.ok(stdout.split('\n').every((line) => line.length < 600))
})
