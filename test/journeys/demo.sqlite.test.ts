import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { freshFolder } from '../app.ts'
import { clientOf } from '../process.ts'

const demo = join(import.meta.dirname, '../../bench/demo.ts')

test('npm run demo prints a link to made-up contacts, and nothing leaves it', async (t) => {
  const TMPDIR = await freshFolder(t)
  const env = { ...process.env, NODE_OPTIONS: '', NODE_COMPILE_CACHE: '', TMPDIR, PORT: '0', DRAIN_SECONDS: '0' }
  const child = spawn(process.execPath, [demo, '--contacts', '40'], { env })
  t.after(() => child.kill('SIGKILL'))
  let text = ''
  child.stderr.on('data', (data) => (text += String(data)))
  child.stdout.on('data', (data) => (text += String(data)))
  while (!/inbox_\w{38}/.test(text)) {
    assert.equal(child.exitCode, null, text)
    await Promise.race([once(child.stdout, 'data'), once(child, 'close')])
  }
  const found = (what: RegExp) => what.exec(text)!.at(-1)!
  const ask = clientOf({
    address: found(/"address":"([^"]+)"/),
    key: found(/inbox_\w{38}/),
    workspaceId: found(/wrk_\w{24}/),
  })
  const { body } = await ask('GET', '/customers?limit=100')
  assert.equal(body.customers.items.length, 40)
  assert.ok(body.customers.items.some(({ latestThread }: any) => latestThread?.lastMessagePreview))
  const link = found(/^ *(http\S+\/invitation\/\w{43})$/m)
  assert.equal((await fetch(link)).status, 200)
  assert.equal((await fetch(link.replace('/invitation/', '/v1/invitations/'))).status, 200)

  const { body: open } = await ask('GET', '/conversations?status=OPEN&limit=1')
  const path = `/conversations/${open.conversations.items[0].id}/messages`
  const { body: sent } = await ask('POST', path, { contentText: 'Thank you' })
  let message = sent.message
  while (message.lastError === null) ({ message } = (await ask('GET', `${path}/${message.id}`)).body)
  assert.equal(message.lastError, 'This is a demo: nothing leaves it.')
  child.kill('SIGTERM')
  const [code] = await once(child, 'close')
  assert.equal(code, 0, text)
  assert.deepEqual(readdirSync(TMPDIR), [])
})
