import assert from 'node:assert/strict'
import test from 'node:test'
import { type Anchor, type ListName, pageFrom } from '../../server/http/pages.ts'
import { opaqueNumbers } from '../../server/http/opaque.ts'
import { type Answer, startApp } from '../app.ts'
import { callsOf, keyOf, requestOf, send } from './calls.ts'
import { collectRoutes } from './routes.ts'
import { type Ids, makeWorld, type Started } from './world.ts'

// A cursor is opaque, but it comes back from outside: nothing that is done to it may show more or less than the list.

const routes = collectRoutes()

interface List {
  /** The first page of one item, and where it goes on. */
  first: Answer
  url: string
  cursor: string
  ask(cursor: string): Promise<Answer>
}

/** Every list of a workspace, with each filter that its row has. */
const listsOf = async (started: Started, ids: Ids, key: string): Promise<List[]> => {
  const lists: List[] = []
  for (const route of routes.filter(
    ({ method, schema }) => method === 'GET' && schema.querystring?.properties['cursor'],
  ))
    for (const call of callsOf(route, ids)) {
      const request = requestOf(route, { ...call, query: { ...call.query, limit: '1' } }, ids)
      const own = keyOf(call, ids, key)
      const first = await send(started, request, own)
      const cursor = /"cursor":"([^"]+)"/.exec(first.text)?.[1]
      const ask = (cursor: string) =>
        send(started, { ...request, url: `${request.url}&cursor=${encodeURIComponent(cursor)}` }, own)
      if (cursor) lists.push({ first, url: request.url, cursor, ask })
    }
  return lists
}

const setUp = async (started: Started, word: string) => {
  const { inbox, ids } = await makeWorld(started, word)
  const { secret } = await inbox.as({ scope: 'api_user' })
  return listsOf(started, ids, secret)
}

const isRefused = ({ status, body }: Answer, cursor: string) =>
  assert.deepEqual([status, body?.code], [400, 'invalid_cursor'], cursor)

test('a cursor goes on in the list, filter and workspace that gave it out, and in no other', async (t) => {
  const started = await startApp(t)
  const lists = await setUp(started, 'ours')
  const theirs = await setUp(started, 'theirs')
  assert.equal(lists.length, 16)
  for (const list of lists)
    for (const other of [...lists, ...theirs]) {
      const answer = await list.ask(other.cursor)
      if (list !== other) isRefused(answer, `${other.url} in ${list.url}`)
      else assert.equal(answer.status, 200)
    }
})

test('with any one character of it changed, left out or put in, a cursor is refused', async (t) => {
  for (const { cursor, ask } of await setUp(await startApp(t), 'ours'))
    for (let at = 0; at < cursor.length; at++) {
      const before = cursor.slice(0, at)
      const after = cursor.slice(at + 1)
      const next = String.fromCharCode(cursor.charCodeAt(at) + 1)
      for (const changed of [next, '', `${cursor[at]}A`])
        isRefused(await ask(before + changed + after), before + changed + after)
    }
})

test('with something before or behind it, a cursor is refused', async (t) => {
  const [list] = await setUp(await startApp(t), 'ours')
  for (const extra of ['=', ' ', '\n', '.', '%', '漢', '\u200b', list!.cursor])
    for (const changed of [extra + list!.cursor, list!.cursor + extra]) isRefused(await list!.ask(changed), changed)
})

test('with any bit of its bytes turned over, a cursor is refused', async (t) => {
  const [list] = await setUp(await startApp(t), 'ours')
  const bytes = Buffer.from(list!.cursor, 'base64url')
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const turned = Buffer.from(bytes)
    turned[bit >> 3]! ^= 1 << (bit & 7)
    isRefused(await list!.ask(turned.toString('base64url')), `bit ${bit}`)
  }
})

test('whoever works out how cursors are made gets a page of the same list, or is refused', async (t) => {
  const started = await startApp(t)
  const { inbox, ids } = await makeWorld(started, 'ours')
  const { workspaceId, conversationId } = ids
  const texts: Anchor[] = [
    '',
    '\0',
    '\ud800',
    '\uffff',
    "' or 1=1 --",
    '2026-11-25T00:00:00.000Z',
    'x'.repeat(5000),
  ].map((text) => [text, text])
  const numbers: Anchor[] = [-1, 0, 1, 2 ** 31, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER].map((n) => [n, n])
  const odd: Anchor[] = [[], [1.5, 1.5], [1e300, 1e300], [null, null] as never, [{}, {}] as never, [true, '1'] as never]
  const lists: [path: string, list: ListName, length: number][] = [
    ['/agents?', ['agents', workspaceId], 1],
    ['/customers?', ['customers', workspaceId, undefined], 2],
    ['/conversations?', ['conversations', workspaceId, undefined, undefined], 2],
    [`/conversations/${conversationId}/messages?`, ['messages', workspaceId, conversationId, 'asc'], 1],
    [`/conversations/${conversationId}/messages?order=desc&`, ['messages', workspaceId, conversationId, 'desc'], 1],
    ['/search?q=ours&type=messages&', ['search', workspaceId, 'messages', 'ours'], 2],
    ['/search?q=ours&type=contacts&', ['search', workspaceId, 'contacts', 'ours'], 2],
  ]
  // as whoever has the installation's secret could
  const { hide } = await opaqueNumbers(started.db)(workspaceId)
  const hidden = numbers.flatMap(([n]): Anchor[] => [
    [hide(n as number)],
    [0, hide(n as number)],
    [n!, hide(n as number)],
  ])
  let taken = 0
  for (const [path, list, length] of lists)
    for (const forged of [...texts, ...numbers, ...hidden, ...odd]) {
      const anchor = () => forged.slice(0, length)
      const { cursor } = pageFrom([1, 2], { limit: 1, list, anchor })
      const { status, body, text } = await inbox.get(`${path}cursor=${cursor}`)
      assert.ok(status === 200 || body.code === 'invalid_cursor', `${path} ${JSON.stringify(forged)}: ${text}`)
      if (status === 200) taken += 1
    }
  // or else the test would not know how they are made
  assert.ok(taken > 20)
})
