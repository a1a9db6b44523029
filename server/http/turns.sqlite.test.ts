import assert from 'node:assert/strict'
import test from 'node:test'
import { startApp, type Inbox } from '../../test/app.ts'

test('who asks once is answered before most of what another workspace or another key asks at the same time, and each in order', async (t) => {
  const { inbox: noisy, newInbox } = await startApp(t)
  const inboxes = { sameWorkspace: await noisy.as({ scope: 'api_user' }), other: await newInbox('Other') }
  const answered: string[] = []
  const ask = async (inbox: Inbox, name: string) => {
    assert.equal((await inbox.get('/customers')).status, 200)
    answered.push(name)
  }
  const names = Array.from({ length: 100 }, (_, i) => `noisy ${i}`)
  await Promise.all([
    ...names.map((name) => ask(noisy, name)),
    ...Object.entries(inboxes).map(([name, inbox]) => ask(inbox, name)),
  ])
  for (const name of Object.keys(inboxes))
    assert.ok(answered.indexOf(name) < 20, `${name} came as number ${answered.indexOf(name)}`)
  assert.deepEqual(
    answered.filter((name) => name.startsWith('noisy')),
    names,
  )
})
