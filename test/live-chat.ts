import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startApp } from './app.ts'
import { shop, startChat } from './chat.ts'

/** A chat on a port, whose messages can be followed as they come. */
export const startLiveChat = async (t: TestContext) => {
  const started = await startApp(t)
  const chat = await startChat(started, started.inbox)
  await started.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = started.app.server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/embeds/v1/chats/${chat.channel.publishableKey}/events`

  /** Follows as the widget does. */
  const follow = async (token: string, lastId?: string) => {
    const ending = new AbortController()
    t.after(() => ending.abort())
    const answer = await fetch(url, {
      signal: ending.signal,
      headers: {
        origin: shop,
        authorization: `Bearer ${token}`,
        ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
      },
    })
    assert.equal(answer.status, 200)
    const seen: { id: string; text: string; agentName: string | null }[] = []
    const state = { hasEnded: false, text: '' }
    void (async () => {
      for await (const bytes of answer.body!) {
        state.text += Buffer.from(bytes).toString()
        const events = state.text.split('\n\n')
        state.text = events.pop()!
        for (const event of events) {
          const data = /^data: (.*)$/m.exec(event)?.[1]
          if (data) seen.push(JSON.parse(data))
        }
      }
      state.hasEnded = true
    })().catch(() => (state.hasEnded = true))
    const until = async (isSo: () => boolean) => {
      for (const end = Date.now() + 20_000; !isSo(); await sleep(10)) assert.ok(Date.now() < end, 'in time')
    }
    return {
      headers: answer.headers,
      seen,
      until: async (count: number) => {
        await until(() => seen.length >= count)
        return seen.map(({ text }) => text)
      },
      ended: () => until(() => state.hasEnded),
      leave: () => ending.abort(),
    }
  }
  return { ...started, ...chat, follow }
}
