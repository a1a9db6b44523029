import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { buildApp } from '../server/app.ts'
import { readConfig } from '../server/config.ts'
import { openDatabase } from '../server/db/open.ts'
import { watchFreeSpace } from '../server/http/free-space.ts'
import { createLog } from '../server/http/log.ts'
import type { Scope } from '../server/keys/caller.ts'
import { createKey } from '../server/keys/create.ts'
import { embedded, freshDatabase } from './databases.ts'
import { assertDescribed } from './described.ts'
import { createMailParser } from '../server/mime/parser.ts'
import { createWorkspace } from '../server/workspaces/queries.ts'

export interface Answer {
  status: number
  headers: Record<string, unknown>
  /** The parsed body; undefined where there is none. */
  body: any
  text: string
}

interface Started {
  dataDir?: string
  onSqlite?: boolean
  env?: Record<string, string>
  beforeClose?: () => Promise<void>
}

interface Asked {
  key?: string
  /** A session's token, as a page of the server itself sends it. */
  session?: string
  body?: unknown
  headers?: Record<string, string> | undefined
  /** The client's address; one of its own for each request, unless given, so that bad keys are not counted together. */
  from?: string
}

export interface Inbox {
  workspaceId: string
  get(path: string): Promise<Answer>
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>
  patch(path: string, body: unknown): Promise<Answer>
  put(path: string, body?: unknown): Promise<Answer>
  delete(path: string): Promise<Answer>
  /** The same workspace through another key. */
  as(key: { scope: Scope; agent?: string; expiresAt?: string }): Promise<Inbox & { keyId: string; secret: string }>
}

/** A folder that is gone when the test ends, after `before` has run: node:test runs hooks in the order they were given. */
export const freshFolder = async (t: TestContext, before = async () => {}): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'support-inbox-'))
  t.after(async () => {
    await before()
    await rm(folder, { recursive: true, force: true })
  })
  return folder
}

/** The real app on a fresh real database, with a way to ask it as a client would. */
export const startApp = async (t: TestContext, { dataDir, onSqlite, env, beforeClose }: Started = {}) => {
  // on a slow machine a crowd waits longer than a second for its turn
  const settings = readConfig({
    RATE_LIMIT: 'off',
    DATABASE_CONNECTION_TIMEOUT: '30000',
    MIN_FREE_SPACE: '0',
    ...env,
  })
  let requests = 0
  let isClosed = false
  const close = async () => {
    if (isClosed) return
    isClosed = true
    await beforeClose?.()
    await app.close()
    space.close()
    parser.close()
    await db.close()
    await drop()
  }
  const folder = dataDir ?? (await freshFolder(t, close))
  const { url, drop } = onSqlite ? embedded : await freshDatabase()
  const config = { ...settings, dataDir: folder, databaseUrl: url }
  const db = await openDatabase(config, {
    role: 'server',
    onFatal: (error) => {
      throw error
    },
  })
  const parser = createMailParser()
  const space = await watchFreeSpace({ ...config, log: () => {} })
  const app = await buildApp({ db, parser, space, config, log: createLog('silent') })
  t.after(close)
  assertDescribed(t, app)

  const ask = async (
    method: string,
    url: string,
    { key, session, body, headers = {}, from }: Asked = {},
  ): Promise<Answer> => {
    requests += 1
    const answer = await app.inject({
      method: method as 'GET',
      url,
      remoteAddress: from ?? `127.0.${(requests >> 8) & 255}.${requests & 255}`,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(session === undefined ? {} : { cookie: `session=${session}`, 'sec-fetch-site': 'same-origin' }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body) }),
    })
    const isJson = answer.body !== '' && String(answer.headers['content-type']).startsWith('application/json')
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: isJson ? answer.json() : undefined,
      text: answer.body,
    }
  }

  const inboxOf = (workspaceId: string, by: { key: string } | { session: string }): Inbox => {
    const url = (path: string) => `/v1/workspaces/${workspaceId}/support/inbox${path}`
    return {
      workspaceId,
      get: (path) => ask('GET', url(path), by),
      post: (path, body, headers) => ask('POST', url(path), { ...by, body, headers }),
      patch: (path, body) => ask('PATCH', url(path), { ...by, body }),
      put: (path, body) => ask('PUT', url(path), { ...by, body }),
      delete: (path) => ask('DELETE', url(path), by),
      as: async (wanted) => {
        const { secret, id } = await db.transaction((tx) => createKey(tx, { workspaceId, ...wanted }))
        return { ...inboxOf(workspaceId, { key: secret }), keyId: id, secret }
      },
    }
  }

  /** A workspace of its own, seen through a key of scope api_user. */
  const newInbox = async (name = 'Support'): Promise<Inbox> => {
    const [workspace, { secret }] = await db.transaction(async (tx) => {
      const made = await createWorkspace(tx, name)
      return [made, await createKey(tx, { workspaceId: made.id, scope: 'api_user' })] as const
    })
    return inboxOf(workspace.id, { key: secret })
  }

  /** The inbox as somebody who is signed in has it on the page. */
  const pageOf = (workspaceId: string, session: string): Inbox => inboxOf(workspaceId, { session })

  return { app, db, url, parser, space, config, dataDir: folder, ask, newInbox, pageOf, inbox: await newInbox(), close }
}
