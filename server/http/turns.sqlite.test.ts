import assert from 'node:assert/strict'
import test from 'node:test'
import { startApp, type Inbox } from '../../test/app.ts'

test('who asks once is answered before most of what another workspace asks at the same time, and everybody is in order', async (t) => {
  const { inbox: noisy, newInbox } = await startApp(t)
  const quiet = await newInbox('Quiet')
  const answered: string[] = []
  const ask = async (inbox: Inbox, name: string) => {
    assert.equal((await inbox.get('/customers')).status, 200)
    answered.push(name)
  }
  await Promise.all([...Array.from({ length: 100 }, (_, i) => ask(noisy, `noisy ${i}`)), ask(quiet, 'quiet')])
  assert.ok(answered.indexOf('quiet') < 20, `it came as number ${answered.indexOf('quiet')}`)
  assert.deepEqual(
    answered.filter((name) => name !== 'quiet'),
    Array.from({ length: 100 }, (_, i) => `noisy ${i}`),
  )
})
