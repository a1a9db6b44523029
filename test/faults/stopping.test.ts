import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freshFolder } from '../app.ts'
import { startServer } from '../process.ts'
import { atRate, createClient } from './at-rate.ts'

const contactsOf = ({ address, workspaceId }: { address: string; workspaceId: string }, path: string) =>
  `${address}/v1/workspaces/${workspaceId}/support/inbox${path}`

test('F10: SIGTERM under 500 requests a second: red first, every request that had an effect is answered, no 5xx, gone in time', async (t) => {
  const env = { DATA_DIR: await freshFolder(t), DRAIN_SECONDS: '2' }
  const server = await startServer(t, env)
  const { key, workspaceId } = server
  const { ask, close } = createClient(50)
  const state = { isOver: false, signalled: 0, red: 0, refused: 0, exited: 0 }
  const statuses = new Map<number, number>()
  const errors = new Map<string, number>()
  const made = new Set<string>()
  let closings = 0
  const count = <K>(counts: Map<K, number>, what: K) => counts.set(what, (counts.get(what) ?? 0) + 1)

  const load = atRate(
    500,
    () => state.isOver,
    async (n) => {
      const email = `c${n}@example.com`
      try {
        const { status, headers } = await ask(contactsOf(server, '/contacts'), { key, body: { email } })
        count(statuses, status)
        if (status === 201) made.add(email)
        if (headers['connection'] === 'close') closings += 1
      } catch (error) {
        const { code = 'none' } = error as NodeJS.ErrnoException
        count(errors, code)
        if (code === 'ECONNREFUSED') state.refused ||= performance.now()
      }
    },
  )
  const probe = createClient(1)
  const probing = (async () => {
    while (!state.isOver) {
      const { status } = await probe.ask(`${server.address}/readyz`).catch(() => ({ status: 0 }))
      if (status === 503) state.red ||= performance.now()
      await sleep(20)
    }
  })()
  await sleep(2000)
  state.signalled = performance.now()
  assert.equal(await server.stop('SIGTERM'), 0)
  state.exited = performance.now()
  state.isOver = true
  const perSecond = await load
  await probing
  close()
  probe.close()

  t.diagnostic(
    `${Math.round(perSecond)} requests/s, answers ${JSON.stringify([...statuses])}, errors ${JSON.stringify([...errors])}, ` +
      `${closings} answers ended their connection, red after ${Math.round(state.red - state.signalled)} ms, ` +
      `exit after ${Math.round(state.exited - state.signalled)} ms`,
  )
  assert.deepEqual([...statuses.keys()], [201])
  assert.ok(
    state.red > 0 && (state.refused === 0 || state.red < state.refused),
    'readiness was red before the door closed',
  )
  assert.ok(state.exited - state.signalled < 10_000)
  assert.ok(closings > 0)

  const again = await startServer(t, env)
  const there = new Set<string>()
  for (let cursor = ''; ;) {
    const answer = await fetch(contactsOf({ ...again, workspaceId }, `/customers?limit=100${cursor}`), {
      headers: { authorization: `Bearer ${key}` },
    })
    const { customers } = (await answer.json()) as any
    for (const { contact } of customers.items) there.add(contact.email)
    if (!customers.hasMore) break
    cursor = `&cursor=${customers.cursor}`
  }
  await again.stop('SIGTERM')
  assert.deepEqual([...there].sort(), [...made].sort(), 'what is there is exactly what was acknowledged')
})
