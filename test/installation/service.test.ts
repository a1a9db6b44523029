import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import { build } from '../built.ts'
import { canMount, hasPackage } from '../faults/tools.ts'
import { startMachine } from './machine.ts'
import { answering, letAdaIn, tryOut } from './try-out.ts'

const root = join(import.meta.dirname, '../..')

test('systemd runs the documented service as its own user', async (t) => {
  if (!canMount(t) || !hasPackage(t, 'systemd', '/lib/systemd/systemd')) return
  await build()
  const { run, address, journal, whyEnded } = await startMachine(t, root)
  await answering(address, whyEnded)
  const [workspaceId] = /wrk_\w{24}/.exec(await journal())!
  await tryOut(address, await run('support-inbox', ...letAdaIn(workspaceId)))

  const of = async (...names: string[]) =>
    (await run('systemctl', 'show', 'support-inbox', '--value', ...names.map((name) => `--property=${name}`))).trim()
  const status = await run('cat', `/proc/${await of('MainPID')}/status`)
  const user = (await run('id', '--user', 'support-inbox')).trim()
  assert.match(status, new RegExp(`^Uid:\\s${user}\\s${user}\\s${user}\\s${user}$`, 'm'))
  assert.match(status, /^CapEff:\s0+$/m)
  assert.match(status, /^Seccomp:\s2$/m)
  assert.match(await run('support-inbox', 'workspaces', 'list'), /wrk_\w{24}/)
  assert.match(await run('support-inbox', 'check'), /Nothing differs\./)
  await run('systemd-analyze', 'verify', '/etc/systemd/system/support-inbox.service')
  await run('systemctl', 'stop', 'support-inbox')
  assert.deepEqual([await of('Result'), await of('ExecMainStatus')], ['success', '0'])
  assert.notEqual(await run('ls', '/var/cache/support-inbox'), '')

  // nothing built, and nothing that the service could build it with
  await run('mount', '-t', 'tmpfs', 'tmpfs', '/opt/support-inbox/dist')
  await run('systemctl', 'start', 'support-inbox')
  await answering(address, whyEnded)
  assert.equal((await fetch(address)).status, 503)
  assert.equal((await fetch(`${address}/embeds/v1/support-widget.js`)).status, 503)
  assert.match(await journal(), /Run as root: cd \/opt\/support-inbox && npm run build\n/)
})
