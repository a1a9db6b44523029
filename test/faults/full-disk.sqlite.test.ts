import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { mail } from '../make.ts'
import { clientOf, command, startServer } from '../process.ts'
import { aftermath, Ledger } from './ledger.ts'
import { startLoad } from './load.ts'
import { canMount, fill, mountedFolder } from './tools.ts'

test(
  'F3: the disk is full: writes are refused, reads go on, and with space everything works again by itself',
  { timeout: 600_000 },
  async (t) => {
    if (!canMount(t)) return
    // more than the log takes before it is begun anew: else the log itself may fill it, for as long as it is so small
    const { beside, dataDir } = await mountedFolder(t, () => ['-t', 'tmpfs', '-o', 'size=48m', 'none'])
    const server = await startServer(t, { DATA_DIR: dataDir })
    const ask = clientOf(server)
    const readiness = async () => (await fetch(`${server.address}/readyz`)).status
    const ledger = new Ledger()
    const before = startLoad({ t, ask, ledger, clients: 8, name: 'before', requests: 300 })
    await before.done

    fill(join(dataDir, 'ballast'))
    const during = startLoad({ t, ask, ledger, clients: 8, name: 'during' })
    while (!during.statuses.has(503)) await sleep(10)
    await sleep(1000)
    const refused = await ask('POST', '/contacts', { email: 'late@example.com' })
    assert.deepEqual([refused.status, refused.body.code], [503, 'storage_unavailable'])
    assert.equal(refused.headers.get('retry-after'), '1')
    assert.equal(await readiness(), 503)
    for (const path of ['/customers', '/search?q=person', '/conversations', '/agents'])
      assert.equal((await ask('GET', path)).status, 200, path)
    assert.deepEqual(
      [...during.statuses.keys()].filter((status) => ![200, 201, 503].includes(status)),
      [],
    )

    const mails = join(beside, 'mails')
    await mkdir(mails)
    for (let i = 0; i < 20; i++)
      writeFileSync(join(mails, `${i}.eml`), mail({ From: `m${i}@example.com` }, 'x'.repeat(9000)))
    const words = ['import', mails, '--workspace', server.workspaceId, '--json']
    const imported = await command(words, { env: { DATA_DIR: dataDir } })
    assert.equal(imported.code, 1)
    assert.match(imported.stderr, /full/)

    rmSync(join(dataDir, 'ballast'))
    const freed = performance.now()
    while ((await ask('POST', '/contacts', { email: 'late@example.com' })).status === 503) await sleep(5)
    const took = Math.round(performance.now() - freed)
    await sleep(300)
    await during.stop()
    assert.equal(await readiness(), 200)
    t.diagnostic(`refused ${during.statuses.get(503)} times, written again ${took} ms after there was space`)
    assert.ok(took <= 1000, `${took} ms`)
    assert.equal((await command(words, { env: { DATA_DIR: dataDir } })).json().failed, 0)
    assert.equal(await server.stop('SIGTERM'), 0)
    assert.deepEqual(await aftermath({ dataDir }, ledger), { losses: [], damages: [] })
  },
)

test('the disk is full of a file that is sent to be imported: it is refused, nothing is left of it, and writes go on', async (t) => {
  if (!canMount(t)) return
  const { dataDir } = await mountedFolder(t, () => ['-t', 'tmpfs', '-o', 'size=8m', 'none'])
  const server = await startServer(t, { DATA_DIR: dataDir })
  const { address, key, workspaceId } = server
  const content = Buffer.alloc(20_000_000, 'email\n')
  const bodies = { 'of a known length': content, 'of any length': new Blob([content]).stream() }
  for (const [what, body] of Object.entries(bodies)) {
    const answer = await fetch(`${address}/v1/workspaces/${workspaceId}/support/inbox/imports?name=a.csv`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body,
      duplex: 'half',
    })
    assert.deepEqual([answer.status, ((await answer.json()) as any).code], [507, 'no_room'], what)
    assert.deepEqual(readdirSync(join(dataDir, 'imports')), [], what)
  }
  const ask = clientOf(server)
  while ((await ask('POST', '/contacts', { email: 'late@example.com' })).status === 503) await sleep(5)
  assert.deepEqual((await ask('GET', '/imports')).body.imports.items, [])
  assert.equal(await server.stop('SIGTERM'), 0)
})

/** A small file system that its kernel makes read-only when it meets a damaged block. */
const smallDisk = (beside: string): string[] => {
  const image = join(beside, 'image')
  writeFileSync(image, '')
  truncateSync(image, 32 * 1024 * 1024)
  execFileSync('mkfs.ext4', ['-q', '-O', '^has_journal', image])
  return ['-o', 'loop,errors=remount-ro', image]
}

const damage = (folder: string): void => {
  const device = execFileSync('findmnt', ['-n', '-o', 'SOURCE', folder], { encoding: 'utf8' }).trim()
  writeFileSync(`/sys/fs/ext4/${basename(device)}/trigger_fs_error`, '1')
}

test(
  'F6: the file system becomes read-only: reads go on, writes are refused, and a start says why it cannot be',
  { timeout: 600_000 },
  async (t) => {
    if (!canMount(t)) return
    const { dataDir } = await mountedFolder(t, smallDisk)
    const env = { DATA_DIR: dataDir, LOG_LEVEL: 'error' }
    const server = await startServer(t, env)
    const ask = clientOf(server)
    await startLoad({ t, ask, ledger: new Ledger(), clients: 8, name: 'before', requests: 300 }).done
    const isThere = await ask('GET', '/customers?limit=100')

    damage(dataDir)
    const refused = await ask('POST', '/contacts', { email: 'late@example.com' })
    assert.deepEqual([refused.status, refused.body.code], [503, 'storage_unavailable'])
    for (let i = 0; i < 20; i++) {
      assert.equal((await ask('POST', '/contacts', { email: `${i}@example.com` })).status, 503)
      // time for the checkpoints that cannot be either
      await sleep(100)
    }
    for (const path of ['/search?q=person', '/conversations', '/agents'])
      assert.equal((await ask('GET', path)).status, 200, path)
    assert.deepEqual((await ask('GET', '/customers?limit=100')).body, isThere.body)
    const lines = server.texts.stdout.split('\n').filter((line) => line.includes('"requestId"'))
    t.diagnostic(lines.join('\n').slice(0, 300))
    // a write that is refused, and a sync that is
    assert.ok(lines.length <= 2, 'a line for each cause')
    assert.match(server.texts.stderr, /^(\S+ has become read-only .*\n)?$/)
    const { requestId, error } = JSON.parse(lines[0]!)
    assert.equal(requestId, refused.body.requestId)
    assert.match(error, /^[^\n]*(disk I\/O error|read-?only)[^\n]*$/)
    await server.stop('SIGKILL')
    await assert.rejects(
      startServer(t, env),
      /the server ended: The database in \S+ cannot be opened for writing: .*read-only file system/,
    )
  },
)
