import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { freshFolder } from '../../app.ts'
import { freshDatabase } from '../../databases.ts'
import { Inbox, type Expected, type Made } from '../../model/inbox.ts'
import { Model } from '../../model/model.ts'
import { type Ask, clientOf, command, startServer } from '../../process.ts'
import { randomFrom } from '../../random.ts'
import { Known, nextMillisecond, plan } from '../../requests.ts'
import { isThorough } from '../../thorough.ts'
import { aftermath, Ledger } from '../ledger.ts'

const requests = Number(process.env['MODEL_REQUESTS'] ?? (isThorough ? 3000 : 400))
const seed = Number(process.env['MODEL_SEED'] ?? 20_261_125)
/** One of so many writes is cut short by kill -9. */
const killEvery = 40

interface Request {
  method: 'get' | 'post' | 'patch' | 'put' | 'delete'
  path: string
  body?: unknown
}

interface Page {
  path: string
  status: number
  body: any
}

type Method = Parameters<Ask>[0]
const send = (ask: Ask, { method, path, body }: Request) => ask(method.toUpperCase() as Method, path, body)

/** What the model says, too: times and cursors are the server's own, and of failures only the code of some counts. */
const plain = (status: number, body: any): Expected => {
  if (status === 204) return { status }
  if (status >= 400) return { status, body: status === 400 ? undefined : body.code }
  const text = JSON.stringify(body)
    .replace(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"time"')
    // why a reply waits is said when its job has found out
    .replace(/"(lastError|nextAttemptAt)":"[^"]*"/g, '"$1":null')
  return { status, body: JSON.parse(text.replace(/"cursor":"[^"]+"/g, '"cursor":"…"')) }
}

const cursorOf = (body: any): string | undefined => {
  const lists = [body?.customers, body?.conversations, body?.thread?.messages, body?.results]
  return lists.find((list) => list?.cursor)?.cursor
}

/** The messages of the conversation that is written to. */
const messagesOf = (request?: Request): string | undefined =>
  /^\/conversations\/\w+\/messages/.exec(request?.path ?? '')?.[0]

const madeBy = (body: any): Made => ({
  contact: body?.contact?.id,
  conversation: body?.conversation?.id,
  message: body?.message?.id,
})

test(
  `F30: ${requests} requests by chance and kill -9 at any moment: every answer is the model's (seed ${seed})`,
  { timeout: 1_800_000 },
  async (t) => {
    const { url, drop } = await freshDatabase()
    const dataDir = await freshFolder(t, drop)
    const env = { DATABASE_URL: url, DATA_DIR: dataDir }
    let server = await startServer(t, env)
    const { key, workspaceId } = server
    const words = ['keys', 'create', '--workspace', workspaceId, '--scope', 'user', '--agent', 'Ada', '--json']
    const { agentId } = (await command(words, { env })).json()
    let ask = clientOf(server)
    const [first] = (await ask('GET', '/agents')).body.agents.items
    let model = new Model(
      new Inbox([
        { id: first.id, name: 'Admin', email: null, role: 'ADMIN', status: 'INVITED' },
        { id: agentId, name: 'Ada', email: null, role: 'AGENT', status: 'ACTIVE' },
      ]),
    )
    const known = new Known()
    const random = randomFrom(seed)
    const statuses = new Map<number, number>()
    const kills = { answered: 0, done: 0, undone: 0 }

    /** Sends it, and throws where the answer is not the model's. */
    const compare = async (request: Request, model: Model, where: string) => {
      const { status, body } = await send(ask, request)
      const expected = model.answer(request, madeBy(body), cursorOf(body))
      assert.deepEqual(
        plain(status, body),
        expected,
        `${where}: ${request.method} ${request.path} ${JSON.stringify(request.body)}`,
      )
      known.learn(body)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      return body
    }

    const lists = ['/customers', '/conversations', '/conversations?status=CLOSED', '/conversations?status=ARCHIVED']

    /** Every page of every list, and of the conversation that was written to: no list shows a note. */
    const allLists = async (request?: Request) => {
      const pages: Page[] = []
      const written = messagesOf(request)
      for (const list of written ? [...lists, written] : lists)
        for (let cursor: string | undefined = ''; cursor !== undefined;) {
          const sign = list.includes('?') ? '&' : '?'
          const path: string = `${list}${sign}limit=100${cursor && `&cursor=${cursor}`}`
          const { status, body } = await ask('GET', path)
          pages.push({ path, status, body })
          cursor = cursorOf(body)
        }
      return pages
    }

    const isSame = (model: Model, pages: Page[]) =>
      pages.every(({ path, status, body }) =>
        isDeepStrictEqual(plain(status, body), model.answer({ method: 'get', path }, {}, cursorOf(body))),
      )

    /** Ids in the pages, and in the conversation that is new, that the model does not know. */
    const newIds = async (pages: Page[]): Promise<Made> => {
      const idsIn = (body: any) => JSON.stringify(body).match(/\b(?:ctc|thd|msg)_\w{24}\b/g) ?? []
      const ids = pages.flatMap(({ body }) => idsIn(body))
      const fresh = (prefix: string) => ids.find((id) => id.startsWith(prefix) && !model.inbox.knows(id))
      const conversation = fresh('thd_')
      if (conversation) ids.push(...idsIn((await ask('GET', `/conversations/${conversation}/messages`)).body))
      return { contact: fresh('ctc_'), conversation, message: fresh('msg_') }
    }

    /** The server is killed with a write under way: afterwards it has happened, or it has not. */
    const killDuring = async (request: Request, where: string) => {
      const sent = send(ask, request).catch(() => undefined)
      await sleep(random() * 12)
      await server.stop('SIGKILL')
      const answer = await sent
      server = await startServer(t, env)
      ask = clientOf({ address: server.address, key, workspaceId })
      if (answer) {
        kills.answered += 1
        assert.deepEqual(plain(answer.status, answer.body), model.answer(request, madeBy(answer.body)), where)
        known.learn(answer.body)
      } else if (request.method === 'delete') {
        // in steps: asked for again, it is finished
        const { status } = await send(ask, request)
        assert.ok(status === 204 || status === 404, where)
        model.answer(request, {})
      }
      const pages = await allLists(request)
      if (isSame(model, pages)) kills.undone += answer ? 0 : 1
      else {
        const after = new Model(model.inbox.copy())
        after.answer(request, await newIds(pages))
        assert.ok(!answer && isSame(after, pages), `${where}: neither before nor after ${JSON.stringify(request)}`)
        kills.done += 1
        model = after
      }
      for (const { body } of pages) known.learn(body)
    }

    for (let i = 0; i < requests; i++) {
      const { method, path, body } = plan(random)
      const request: Request = { method, path: path(known), body: body?.(known) }
      const where = `request ${i} of seed ${seed}`
      if (method !== 'get') nextMillisecond()
      if (method !== 'get' && random() < 1 / killEvery) await killDuring(request, where)
      else await compare(request, model, where)
    }
    for (const { id } of model.inbox.conversations)
      await compare(
        { method: 'get', path: `/conversations/${id}/messages?limit=100` },
        model,
        `at the end of seed ${seed}`,
      )
    assert.ok(isSame(model, await allLists()), `at the end of seed ${seed}`)
    await server.stop('SIGTERM')
    assert.deepEqual(await aftermath({ dataDir, databaseUrl: url }, new Ledger()), { losses: [], damages: [] })
    t.diagnostic(
      `seed ${seed}: answers ${JSON.stringify([...statuses])}; killed during a write that was answered ${kills.answered}, done ${kills.done}, not done ${kills.undone} times`,
    )
    for (const status of [200, 201, 400, 404]) assert.ok(statuses.has(status), `${status} was never answered`)
  },
)
