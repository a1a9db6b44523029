import assert from 'node:assert/strict'
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freshFolder } from '../app.ts'
import { command, launcher, startServer } from '../process.ts'

const sh = promisify(execFile)

/** The server as somebody starts it at a terminal: what stands there, and what went to standard output. */
const startAtTerminal = async (t: test.TestContext, env: Record<string, string>) => {
  const [stdout, pid] = [join(await freshFolder(t), 'stdout'), join(await freshFolder(t), 'pid')]
  const line = `echo $$ > '${pid}'; exec '${process.execPath}' '${launcher}' serve > '${stdout}'`
  const child = spawn('script', ['--quiet', '--flush', '--return', '--command', line, '/dev/null'], {
    env: { ...process.env, NODE_OPTIONS: '', PORT: '0', DRAIN_SECONDS: '0', SHELL: '/bin/sh', ...env },
  })
  t.after(() => child.kill('SIGKILL'))
  let screen = ''
  child.stdout.on('data', (data) => (screen += String(data).replaceAll('\r', '')))
  while (!/is ready at [^]*\n\n$/.test(screen)) {
    assert.equal(child.exitCode, null, screen)
    await Promise.race([once(child.stdout, 'data'), once(child, 'close')])
  }
  return {
    screen: () => screen,
    address: /is ready at (\S+)/.exec(screen)![1]!,
    lines: () =>
      readFileSync(stdout, 'utf8')
        .trim()
        .split('\n')
        .map((text) => JSON.parse(text)),
    stop: async (signal: NodeJS.Signals) => {
      process.kill(Number(readFileSync(pid, 'utf8')), signal)
      return (await once(child, 'close'))[0] as number
    },
  }
}

test('a first start explains itself, and its four lines work when they are pasted', async (t) => {
  const dataDir = join(await freshFolder(t), 'data')
  const server = await startAtTerminal(t, { DATA_DIR: dataDir })
  const lines = server
    .screen()
    .split('\n')
    .filter((line) => line.startsWith('curl '))
  assert.equal(lines.length, 4)
  const answers: any[] = []
  for (const line of lines) answers.push(JSON.parse((await sh('sh', ['-c', line])).stdout))
  const [created, listed, got, found] = answers
  assert.equal(created.contact.email, 'jane@example.com')
  assert.equal(listed.customers.items[0].contact.id, created.contact.id)
  assert.deepEqual(got, created)
  assert.deepEqual(found.results.contacts, [{ id: created.contact.id, email: 'jane@example.com', name: 'Jane Doe' }])
  const secret = /inbox_\w{38}/.exec(server.screen())![0]
  // people's mail is for nobody else on the machine
  assert.deepEqual(
    [statSync(dataDir).mode & 0o777, statSync(join(dataDir, 'support-inbox.db')).mode & 0o777],
    [0o700, 0o600],
  )
  assert.equal(await server.stop('SIGTERM'), 0)
  assert.ok(server.lines().every(({ time, level }) => time && level))

  const again = await startAtTerminal(t, { DATA_DIR: dataDir })
  assert.doesNotMatch(again.screen(), /inbox_\w{38}/)
  assert.match(again.screen(), /make one with: npx support-inbox keys create --workspace wrk_/)
  const url = lines[1]!.match(/"(http[^"]+)"/)![1]!.replace(/http:\/\/[^/]+/, again.address)
  const answer = await fetch(url, { headers: { authorization: `Bearer ${secret}` } })
  assert.deepEqual(await answer.json(), listed)
  assert.equal(await again.stop('SIGINT'), 0)
})

test('without a terminal a start shows no secret and makes none', async (t) => {
  const env = { DATA_DIR: join(await freshFolder(t), 'data'), LOG_LEVEL: 'info' }
  const child = spawn(process.execPath, [launcher, 'serve'], {
    env: { ...process.env, NODE_OPTIONS: '', PORT: '0', DRAIN_SECONDS: '0', ...env },
  })
  t.after(() => child.kill('SIGKILL'))
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (data) => (stdout += String(data)))
  child.stderr.on('data', (data) => (stderr += String(data)))
  while (!stderr.includes('\n')) await Promise.race([once(child.stderr, 'data'), once(child, 'close')])
  const { address, workspaceId, commands } = JSON.parse(stderr)
  assert.deepEqual((await command(['keys', 'list', '--json'], { env })).json().keys, [])
  assert.deepEqual((await command(['agents', 'list', '--json'], { env })).json().agents, [])

  const words = (line: string) => line.replace('npx support-inbox ', '').split(' ')
  const { key } = (await command([...words(commands.keys), '--json'], { env })).json()
  const inbox = `${address}/v1/workspaces/${workspaceId}/support/inbox`
  assert.equal((await fetch(`${inbox}/customers`, { headers: { authorization: `Bearer ${key}` } })).status, 200)
  const line = commands.agents.replace('ADDRESS', 'ada@example.com').replace('NAME', 'Ada')
  const { role, invitation } = (await command([...words(line), '--json'], { env })).json()
  assert.deepEqual([role, /\/invitation\/\w{43}$/.test(invitation.url)], ['ADMIN', true])

  child.kill('SIGTERM')
  await once(child, 'close')
  assert.equal(stderr.trim().split('\n').length, 1)
  for (const text of stdout.trim().split('\n')) assert.ok(JSON.parse(text).time, text)
  assert.doesNotMatch(stdout + stderr, /inbox_\w{38}|invitation/)
})

test('a start that others reach says that PUBLIC_URL is missing', async (t) => {
  const unsaid = { DATA_DIR: join(await freshFolder(t), 'data'), HOST: '0.0.0.0' }
  const { texts, signInUrl } = await startServer(t, unsaid)
  assert.match(texts.stderr, /^PUBLIC_URL is not set, but HOST is 0\.0\.0\.0: .+ Set PUBLIC_URL\.\n$/)
  assert.match(signInUrl!, /^\/invitation\/\w{43}$/)
  const env = { DATA_DIR: join(await freshFolder(t), 'data'), HOST: '0.0.0.0' }
  const server = await startServer(t, { ...env, PUBLIC_URL: 'https://inbox.example' })
  assert.equal(server.texts.stderr, '')
  assert.match(server.signInUrl!, /^https:\/\/inbox\.example\/invitation\/\w{43}$/)
  const who = ['--workspace', server.workspaceId, '--email', 'ada@team.example', '--name', 'Ada']
  const { stdout } = await command(['agents', 'create', ...who], { env })
  assert.match(stdout, /^\/invitation\/\w{43}\n\nPUBLIC_URL is not set: put the address of your inbox in front/)
})

test('what keeps it from starting is said in one sentence, with a non-zero exit', async (t) => {
  const folder = await freshFolder(t)
  const dataDir = join(folder, 'data')
  const blocker = createServer().listen(0, '127.0.0.1')
  await once(blocker, 'listening')
  t.after(() => blocker.close())
  const { port } = blocker.address() as { port: number }
  const file = join(folder, 'file')
  writeFileSync(file, '')
  const readOnly = join(folder, 'read-only')
  mkdirSync(readOnly)
  chmodSync(readOnly, 0o500)
  const refused: [env: Record<string, string>, sentence: RegExp][] = [
    [
      { DATA_DIR: dataDir, PORT: String(port) },
      /^Port \d+ on 127\.0\.0\.1 is taken by another program\. Set PORT to a free one\.\n$/,
    ],
    [{ DATA_DIR: dataDir, HOST: '192.0.2.1' }, /^Cannot listen on 192\.0\.2\.1/],
    [{ DATA_DIR: dataDir, PORT: 'http' }, /^PORT is http: it must be a whole number from 0 to 65535\.\n$/],
    [{ DATA_DIR: dataDir, LOG_LEVEL: 'loud' }, /^LOG_LEVEL is loud/],
    [{ DATA_DIR: join(file, 'data') }, /^The folder .+ cannot be made: .+ Set DATA_DIR/],
    [{ DATA_DIR: '/proc/support-inbox/data' }, /^The folder .+ cannot be made/],
    ...(process.getuid?.() === 0
      ? []
      : ([[{ DATA_DIR: join(readOnly, 'data') }, /^The folder .+ cannot be made/]] as [
          Record<string, string>,
          RegExp,
        ][])),
  ]
  for (const [env, sentence] of refused) {
    const { code, stderr, stdout } = await command(['serve'], { env })
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(stderr, sentence)
  }
  // a start that failed printed no key, so the next one still has its first key to show
  const server = await startServer(t, { DATA_DIR: dataDir })
  assert.match(server.key, /inbox_\w{38}/)
  const second = await command(['serve'], { env: { DATA_DIR: dataDir } })
  assert.equal(second.code, 1)
  assert.match(second.stderr, /^Another support-inbox server is already running on .+\n$/)
  await server.stop('SIGKILL')
  await (await startServer(t, { DATA_DIR: dataDir })).stop('SIGTERM')

  const newer = new DatabaseSync(join(dataDir, 'support-inbox.db'))
  newer.exec("insert into migrations values ('999-from-the-future', '2030')")
  newer.close()
  const refusal = await command(['serve'], { env: { DATA_DIR: dataDir } })
  assert.equal(refusal.code, 1)
  assert.match(
    refusal.stderr,
    /^The database was written by a newer support-inbox \(it has the change "999-from-the-future"\)\..+\n$/,
  )

  writeFileSync(join(dataDir, 'support-inbox.db'), 'this is not a database, but it is long enough to look at')
  const notOne = await command(['serve'], { env: { DATA_DIR: dataDir } })
  assert.equal(notOne.code, 1)
  assert.match(notOne.stderr, /^The database in .+ cannot be opened for writing: file is not a database.+\n$/)
})

/** Node.js that takes itself for another: an old one and another system are only known by what they say. */
const disguised = async (t: test.TestContext, object: string, property: string, value: string) => {
  const node = join(await freshFolder(t), 'node')
  const script = `Object.defineProperty(${object},'${property}',{value:'${value}'})`
  writeFileSync(node, `#!/bin/sh\nexec "${process.execPath}" --import "data:text/javascript,${script}" "$@"\n`)
  chmodSync(node, 0o755)
  return node
}

test('Windows is refused in one sentence that says what to do', async (t) => {
  const { code, stderr } = await command(['serve'], { node: await disguised(t, 'process', 'platform', 'win32') })
  assert.equal(code, 1)
  assert.match(stderr, /^support-inbox does not run on Windows: .+ Run it in WSL 2 or in a container\.\n$/)
})

test('an older Node.js is told in one sentence what is needed', async (t) => {
  const launcher = join(import.meta.dirname, '../../bin/support-inbox.mjs')
  const old = await disguised(t, 'process.versions', 'node', '20.1.0')
  const { code, stderr } = await command(['serve'], { node: old })
  assert.equal(code, 1)
  assert.match(stderr, /^support-inbox needs Node\.js 24 or newer and this is 20\.1\.0: run "npm ci" .+\n$/)
  assert.ok(execFileSync(process.execPath, ['--check', launcher]).length === 0)
})

test('nothing acknowledged is gone after kill -9', async (t) => {
  const dataDir = join(await freshFolder(t), 'data')
  const first = await startServer(t, { DATA_DIR: dataDir })
  const { key: secret, workspaceId } = first
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' }
  const noted: string[] = []
  let address = first.address
  const write = async (i: number) => {
    const answer = await fetch(`${address}/v1/workspaces/${workspaceId}/support/inbox/contacts`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ email: `c${i}@example.com` }),
    })
    if (answer.status === 201) noted.push(((await answer.json()) as any).contact.id)
  }
  let server = first
  for (let round = 0; round < 4; round++) {
    const state = { isDown: false }
    const writers = Array.from({ length: 16 }, async (_, w) => {
      for (let i = 0; !state.isDown; i++) await write(round * 1_000_000 + w * 10_000 + i).catch(() => {})
    })
    const enough = noted.length + 30
    while (noted.length < enough) await sleep(5)
    await sleep(Math.random() * 200)
    await server.stop('SIGKILL')
    state.isDown = true
    await Promise.all(writers)
    server = await startServer(t, { DATA_DIR: dataDir })
    address = server.address
  }
  const there = new Set<string>()
  for (let cursor = ''; ;) {
    const { customers } = (await (
      await fetch(`${address}/v1/workspaces/${workspaceId}/support/inbox/customers?limit=100${cursor}`, { headers })
    ).json()) as any
    for (const { contact } of customers.items) there.add(contact.id)
    if (!customers.hasMore) break
    cursor = `&cursor=${customers.cursor}`
  }
  assert.deepEqual(
    noted.filter((id) => !there.has(id)),
    [],
  )
  await server.stop('SIGTERM')
  const { differences, repaired } = (await command(['check', '--json'], { env: { DATA_DIR: dataDir } })).json()
  assert.deepEqual([differences, repaired], [[], 0])
})
