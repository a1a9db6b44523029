import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freshFolder } from '../app.ts'
import { startPostgres } from '../postgres.ts'
import { startServer } from '../process.ts'
import { atRate, createClient, type Reply } from './at-rate.ts'

test(
  'two processes restarted in turn under load: no request fails that is sent once more, and none is done twice',
  { timeout: 300_000 },
  async (t) => {
    const postgres = await startPostgres()
    const env = {
      DATABASE_URL: `${postgres.server}/postgres`,
      DATA_DIR: await freshFolder(t, postgres.stop),
      DATABASE_CONNECTION_TIMEOUT: '30000',
      DATABASE_STATEMENT_TIMEOUT: '30000',
      DRAIN_SECONDS: '1',
    }
    const servers = [await startServer(t, env), await startServer(t, env)]
    const { key, workspaceId } = servers[0]!
    const { ask, close } = createClient(50)
    const state = { isOver: false, again: 0 }
    const failed: string[] = []
    const inbox = (server: number) => `${servers[server]!.address}/v1/workspaces/${workspaceId}/support/inbox`
    const started = await ask(`${inbox(0)}/conversations`, {
      key,
      body: { email: 'jane@example.com', subject: 's', contentText: 'first' },
    })
    const path = `/conversations/${JSON.parse(started.text).conversation.id}/messages`

    /** A load balancer's client: it takes turns, and on a broken connection or a 503 asks the other one, once. */
    const send = async (n: number): Promise<void> => {
      const post = { key, body: { contentText: `number ${n}` }, headers: { 'idempotency-key': `number-${n}` } }
      const attempt = (server: number): Promise<Reply | Error> =>
        ask(`${inbox(server)}${path}`, post).catch((error: Error) => error)
      let answer = await attempt(n % 2)
      if (answer instanceof Error || answer.status === 503) {
        state.again += 1
        answer = await attempt((n + 1) % 2)
      }
      if (answer instanceof Error) failed.push(answer.message)
      else if (answer.status !== 201) failed.push(`${answer.status} ${answer.text}`)
    }
    let sent = 0
    const load = atRate(
      100,
      () => state.isOver,
      (n) => {
        sent = n + 1
        return send(n)
      },
    )
    for (const turn of [0, 1]) {
      await sleep(1000)
      assert.equal(await servers[turn]!.stop('SIGTERM'), 0)
      servers[turn] = await startServer(t, env)
    }
    await sleep(1000)
    state.isOver = true
    const perSecond = await load
    close()
    t.diagnostic(`${sent} requests, ${Math.round(perSecond)} a second, ${state.again} sent once more`)
    assert.deepEqual(failed, [])
    assert.ok(state.again > 0)
    const texts: string[] = []
    for (let cursor = ''; ;) {
      const page = await fetch(`${inbox(0)}${path}?limit=100${cursor}`, { headers: { authorization: `Bearer ${key}` } })
      const { messages } = ((await page.json()) as any).thread
      texts.push(...messages.items.map((message: { contentText: string }) => message.contentText))
      if (!messages.hasMore) break
      cursor = `&cursor=${messages.cursor}`
    }
    assert.deepEqual(texts.sort(), ['first', ...Array.from({ length: sent }, (_, n) => `number ${n}`)].sort())
    for (const server of servers) await server.stop('SIGTERM')
  },
)
