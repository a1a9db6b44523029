import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freshFolder } from '../../app.ts'
import { engine } from '../../databases.ts'
import { freePort, startPostgres } from '../../postgres.ts'
import { clientOf, startServer } from '../../process.ts'
import { randomFrom } from '../../random.ts'
import { isThorough } from '../../thorough.ts'

// Listeners that are cut off again and again, while writers write and processes and the database are killed: every change is
// told to everybody, those of one conversation in their order, and nobody is told to load everything anew.

const { listeners, changes, kills } = isThorough
  ? { listeners: 20, changes: 2000, kills: 2 }
  : { listeners: 4, changes: 64, kills: 1 }
const conversations = 8
const processes = engine === 'sqlite' ? 1 : isThorough ? 3 : 2

const setUp = async (t: TestContext) => {
  const postgres = engine === 'postgres' ? await startPostgres() : undefined
  const env = {
    DATA_DIR: await freshFolder(t, postgres?.stop),
    DATABASE_URL: postgres ? `${postgres.server}/postgres` : '',
    DATABASE_CONNECTION_TIMEOUT: '10000',
  }
  const ports: number[] = []
  for (let i = 0; i < processes; i++) ports.push(await freePort())
  const start = (i: number) => startServer(t, { ...env, PORT: String(ports[i]) })
  const servers = [await start(0)]
  for (let i = 1; i < processes; i++) servers.push(await start(i))
  const { key, workspaceId } = servers[0]!
  const addresses = servers.map(({ address }) => address)
  const kill = async (i: number) => {
    await servers[i]!.stop('SIGKILL')
    servers[i] = await start(i)
  }
  return { postgres, key, workspaceId, addresses, kill }
}

interface Listener {
  /** The id to go on after. */
  last: string | undefined
  seen: { conversationId: string; messageId: string }[]
  reloads: number
}

test('listeners that are cut off miss nothing, through kills and restarts', { timeout: 600_000 }, async (t) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
  t.diagnostic(`SEED=${seed}`)
  const random = randomFrom(seed)
  const { postgres, key, workspaceId, addresses, kill } = await setUp(t)
  const inbox = (address: string) => `${address}/v1/workspaces/${workspaceId}/support/inbox`
  const any = <T>(list: T[]): T => list[Math.floor(random() * list.length)]!
  const expected = new Set<string>()
  const state = { isOver: false, connections: 0 }

  /** Follows, is cut off after a while, and goes on after the last id that it has. */
  const listen = async (listener: Listener) => {
    const hasAll = () => [...expected].every((id) => listener.seen.some(({ messageId }) => messageId === id))
    while (!state.isOver || !hasAll()) {
      const ending = new AbortController()
      const timer = setTimeout(() => ending.abort(), 100 + random() * 900)
      try {
        const headers = {
          authorization: `Bearer ${key}`,
          ...(listener.last === undefined ? {} : { 'last-event-id': listener.last }),
        }
        const { body, ok } = await fetch(`${inbox(any(addresses))}/events`, { headers, signal: ending.signal })
        if (ok) state.connections += 1
        let text = ''
        for await (const bytes of ok ? body! : []) {
          text += Buffer.from(bytes).toString()
          const blocks = text.split('\n\n')
          text = blocks.pop()!
          for (const block of blocks) {
            listener.last = /^id: (.*)$/m.exec(block)?.[1] ?? listener.last
            if (block.includes('event: reload')) listener.reloads += 1
            const data = /^data: (.*)$/m.exec(block)?.[1]
            const event = block.includes('event: change') ? JSON.parse(data!) : undefined
            if (event?.kind === 'MESSAGE_CREATED') listener.seen.push(event)
          }
        }
      } catch {
        // cut off, by us or by them
      }
      clearTimeout(timer)
      await sleep(random() * 50)
    }
  }

  const clients = addresses.map((address) => clientOf({ address, key, workspaceId }))
  const threads: { id: string; written: string[] }[] = []
  for (let i = 0; i < conversations; i++) {
    const started = await clients[0]!('POST', '/conversations', {
      email: `c${i}@example.com`,
      subject: 's',
      contentText: 'first',
    })
    threads.push({ id: started.body.conversation.id, written: [] })
  }
  const all = Array.from({ length: listeners }, (): Listener => ({ last: undefined, seen: [], reloads: 0 }))
  const listening = all.map(listen)
  // each of them knows where it begins
  while (all.some(({ last }) => last === undefined)) await sleep(50)

  /** One after the other, so that the order is known; what was not acknowledged is sent again under its key. */
  const write = async ({ id, written }: (typeof threads)[number]) => {
    for (let n = 0; n < changes / conversations; n++)
      for (let tries = 0; ; tries++) {
        const answer = await fetch(`${inbox(any(addresses))}/conversations/${id}/messages`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${key}`,
            'content-type': 'application/json',
            'idempotency-key': `${id}-${n}`,
          },
          body: JSON.stringify({ contentText: `${n}` }),
        }).catch(() => undefined)
        if (answer?.status === 201) {
          const { message } = (await answer.json()) as { message: { id: string } }
          written.push(message.id)
          expected.add(message.id)
          break
        }
        assert.ok(tries < 600, `${answer?.status}`)
        await sleep(50)
      }
  }
  const progress = async (share: number) => {
    while (expected.size < changes * share) await sleep(20)
  }
  const faults = async () => {
    for (let i = 0; i < kills; i++) {
      await progress((i + 1) / (kills + 2))
      await kill((i + 1) % processes)
    }
    await progress((kills + 1) / (kills + 2))
    if (!postgres) return
    await postgres.crash()
    await postgres.start()
  }
  await Promise.all([...threads.map(write), faults()])
  state.isOver = true
  await Promise.race([Promise.all(listening), sleep(60_000, undefined, { ref: false })])

  t.diagnostic(`${listeners} listeners, ${state.connections} connections, ${expected.size} changes`)
  for (const { seen, reloads } of all) {
    const ids = new Set(seen.map(({ messageId }) => messageId))
    assert.deepEqual(
      [...expected].filter((id) => !ids.has(id)),
      [],
      'missing',
    )
    assert.equal(reloads, 0)
    for (const { id, written } of threads)
      assert.deepEqual(
        seen
          .filter(({ conversationId, messageId }) => conversationId === id && expected.has(messageId))
          .map(({ messageId }) => messageId),
        written,
        'out of order',
      )
  }
})
