import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildApp } from '../../server/app.ts'
import { readConfig } from '../../server/config.ts'
import type { Tx } from '../../server/db/db.ts'
import { openDatabase } from '../../server/db/open.ts'
import { createKey } from '../../server/keys/create.ts'
import { createWorkspace } from '../../server/workspaces/queries.ts'
import { freshFolder } from '../app.ts'
import { callsOf, inInbox, requestOf, type Call } from '../attacks/calls.ts'
import { collectRoutes, type Route } from '../attacks/routes.ts'
import { missing, type Ids } from '../attacks/world.ts'
import { engine, freshDatabase } from '../databases.ts'
import { startServer } from '../process.ts'

const routes = collectRoutes()
// the servers are other processes: this app only tells its routes
await buildApp({ db: {} as never, parser: {} as never, config: readConfig({ RATE_LIMIT: 'off' }), log: () => {} })

/** Everything that a key can change at once; what an import does comes later. */
export const writes: { route: Route; call: (ids: Ids) => Call }[] = routes
  .filter((route) => inInbox(route) && !['GET', 'HEAD'].includes(route.method) && !route.url.endsWith('/imports'))
  .flatMap((route) =>
    callsOf(route, { workspaceId: '', ...missing() }).map((_, at) => ({
      route,
      call: (ids: Ids) => callsOf(route, ids)[at]!,
    })),
  )

/** Three processes of one PostgreSQL; of an embedded database there is one, which is asked three times at once. */
export const startProcesses = async (t: TestContext) => {
  const { url, drop } = await freshDatabase()
  const folder = await freshFolder(t, drop)
  const env = {
    DATABASE_URL: url,
    DATA_DIR: folder,
    SMTP_PORT: '0',
    // on a busy machine a statement takes longer than that of a request may
    DATABASE_STATEMENT_TIMEOUT: '20000',
    DATABASE_CONNECTION_TIMEOUT: '30000',
  }
  const first = await startServer(t, env)
  const others = engine === 'postgres' ? await Promise.all([startServer(t, env), startServer(t, env)]) : [first, first]
  const db = await openDatabase({ ...readConfig(env) }, { role: 'command', onFatal: () => {} })
  t.after(async () => {
    await db.close()
    await Promise.all([first, ...others].map(({ stop }) => stop('SIGKILL')))
  })
  const servers = [first, ...others]

  const makeWorkspace = async (tx: Tx) => {
    const { id: workspaceId } = await createWorkspace(tx, 'Support')
    const { secret } = await createKey(tx, { workspaceId, scope: 'api_user' })
    return { workspaceId, secret, user: await createKey(tx, { workspaceId, scope: 'user', agent: 'Cleo' }) }
  }
  let ready: Promise<Awaited<ReturnType<typeof makeWorkspace>>[]> = Promise.resolve([])
  /** Many at once: beside a server a transaction of another process takes its time. */
  const nextWorkspace = async (): Promise<Awaited<ReturnType<typeof makeWorkspace>>> => {
    const next = (await ready).pop()
    if (next) return next
    ready = db.transaction(async (tx) => {
      const made = []
      while (made.length < 50) made.push(await makeWorkspace(tx))
      return made
    })
    // a server sees what another process has written a moment later
    await ready.then(() => sleep(200))
    return nextWorkspace()
  }

  /** Somebody with a derived name who has written, and one of everything else. */
  const newWorld = async () => {
    const { workspaceId, secret, user } = await nextWorkspace()
    const root = `/v1/workspaces/${workspaceId}/support/inbox`
    let asked = 0
    const send = async (path: string, init: RequestInit, key = secret) => {
      const { address } = servers[asked++ % servers.length]!
      const headers = { authorization: `Bearer ${key}`, ...(init.headers as Record<string, string>) }
      const answer = await fetch(address + path, { ...init, headers })
      const text = await answer.text()
      return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) }
    }
    const json = (method: string, body: unknown) => ({
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const ask = (method: string, path: string, body?: unknown) => send(root + path, json(method, body))
    // a domain belongs to one workspace
    const channelEmail = `help@${workspaceId.slice(4).toLowerCase()}.example`
    const made = async (path: string, content: unknown) => {
      const { status, body } = await ask('POST', path, content)
      assert.equal(status, 201, JSON.stringify(body))
      return body
    }
    const { channel } = await made('/channels', { kind: 'EMAIL', name: 'Help', email: channelEmail })
    const { agent } = await made('/agents', { name: 'Ada', email: 'ada@team.example' })
    const { savedReply } = await made('/saved-replies', { shortcut: 'hi', title: 'Hello', contentText: 'Hello' })
    const { key } = await made('/keys', { name: 'Other', scope: 'api_user' })
    const begun = { email: 'new@example.com', subject: 'Welcome', contentText: 'Hello', channelId: channel.id }
    const { conversation, contact, message } = await made('/conversations', begun)
    await made(`/conversations/${conversation.id}/messages`, { contentText: 'Hi', direction: 'INBOUND' })
    const ids: Ids = {
      ...missing(),
      workspaceId,
      channelId: channel.id,
      agentId: agent.id,
      savedReplyId: savedReply.id,
      keyId: key.id,
      conversationId: conversation.id,
      contactId: contact.id,
      messageId: message.id,
    }
    const make = (route: Route, call: Call) => {
      const { method, url, body, mail } = requestOf(route, call, ids)
      const init = mail
        ? { method, body: new Uint8Array(mail), headers: { 'content-type': 'message/rfc822' } }
        : json(method, body)
      return send(url, init, call.scopes?.includes('api_user') === false ? user.secret : secret)
    }
    return { ids, ask, make, channelEmail }
  }
  return { db, servers, newWorld }
}

export type World = Awaited<ReturnType<Awaited<ReturnType<typeof startProcesses>>['newWorld']>>
