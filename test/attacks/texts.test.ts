import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { findAgent } from '../../server/agents/queries.ts'
import { findKey } from '../../server/keys/queries.ts'
import { holdSavedReply } from '../../server/saved-replies/queries.ts'
import { type Answer, startApp } from '../app.ts'
import { type Call, callsOf, inInbox, requestOf, send } from './calls.ts'
import { collectRoutes, type Route } from './routes.ts'
import { addresses, impossible, lines, manyLines, noAddresses } from './texts.ts'
import { type Ids, makeWorld } from './world.ts'

// Every text field of every route: what was sent comes back byte for byte, or is refused with the field's name.

const routes = collectRoutes()

interface Field {
  route: Route
  call: Call
  place: 'query' | 'body'
  name: string
  maxLength: number | undefined
}

const schemaOf = { query: 'querystring', body: 'body' } as const

/** Every field that takes any text; ids are the isolation matrix's, addresses have a grammar. */
const textFields = (ids: Ids, place: 'query' | 'body'): Field[] =>
  routes
    .filter((route) => route.method !== 'HEAD' && inInbox(route))
    .flatMap((route) =>
      succeeding(route, ids).flatMap((call) =>
        Object.keys(call[place] ?? {}).flatMap((name) => {
          const { type, enum: values, format, maxLength } = route.schema[schemaOf[place]]!.properties[name]!
          const isText =
            [type].flat().includes('string') &&
            !values &&
            format === undefined &&
            !(name in ids) &&
            !ofOne.has(route.name)
          return isText ? [{ route, call, place, name, maxLength }] : []
        }),
      ),
    )

/** A name is one agent's, a shortcut one reply's: what was made with these texts has them already. */
const ofOne = new Set(
  ['agents/:agentId', 'saved-replies/:savedReplyId'].map(
    (path) => `PATCH /v1/workspaces/:workspaceId/support/inbox/${path}`,
  ),
)

const succeeding = (route: Route, ids: Ids): Call[] => callsOf(route, ids).filter(({ status }) => status < 300)

let people = 0

/** A world, a key to it, and a way to call a route with another text in one of its fields. */
const setUp = async (t: TestContext) => {
  const started = await startApp(t)
  const { inbox, ids } = await makeWorld(started, 'ours')
  const { secret } = await inbox.as({ scope: 'api_user' })
  const askWith = ({ route, call, place, name }: Field, text: string) => {
    const fresh = call.body && 'email' in call.body ? { email: `person${(people += 1)}@example.com` } : {}
    const own = call.body && 'shortcut' in call.body ? { shortcut: `shortcut-${(people += 1)}` } : fresh
    // a file belongs to one message
    const files = call.body && 'attachmentIds' in call.body ? { attachmentIds: [] } : {}
    const changed = { ...call, [place]: { ...call[place], ...own, ...files, [name]: text } }
    return send(started, requestOf(route, changed, ids), secret)
  }
  /** What a later read tells of the thing that a write made. */
  const readBack = async ({ body }: Answer): Promise<unknown[]> => {
    if (body.agent) return [await findAgent(started.db, ids.workspaceId, body.agent.id)]
    if (body.savedReply)
      return [await started.db.transaction((tx) => holdSavedReply(tx, ids.workspaceId, body.savedReply.id))]
    if (body.key) return [await findKey(started.db, body.key.id)]
    if (body.workspace) return [(await inbox.get('/workspace')).body.workspace]
    if (body.channel) return [(await inbox.get(`/channels/${body.channel.id}`)).body.channel]
    if (body.contact?.email) return [(await inbox.get(`/contacts/${body.contact.id}`)).body.contact]
    const { thread } = (await inbox.get(`/conversations/${body.conversation.id}/messages`)).body
    return [thread.conversation, thread.contact, ...thread.messages.items]
  }
  /** The same of many messages in one conversation. */
  const readMessages = async (): Promise<unknown[]> => {
    const items: unknown[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const path = `/conversations/${ids.conversationId}/messages?limit=100${cursor && `&cursor=${cursor}`}`
      const { messages }: any = (await inbox.get(path)).body.thread
      items.push(...messages.items)
      cursor = messages.cursor as string | null
    }
    return items
  }
  return { inbox, ids, askWith, readBack, readMessages }
}

const isKept = (field: Field, text: string, stored: unknown[]) =>
  assert.ok(
    stored.some((item) => (item as Record<string, unknown>)[field.name] === text),
    `${field.route.name}: ${field.name} ${JSON.stringify(text)} is not in ${JSON.stringify(stored)}`,
  )

const isRefused = ({ route, name }: Field, text: string, answer: Answer) => {
  const about = `${route.name}: ${name} ${JSON.stringify(text)}: ${answer.text}`
  assert.equal(answer.status, 400, about)
  assert.ok(answer.body.message.startsWith(`${name} `) && answer.body.message.endsWith('.'), about)
}

/** Their own grammar takes some of these texts. */
const ruled = new Set(['shortcut', 'phone', 'color', 'avatarUrl', 'smtpUrl', 'returnTo'])
/** URLs that are taken apart, and not given back as they were sent. */
const urls = new Set(['smtpUrl', 'returnTo'])

test('every text that is sent in a body is read again byte for byte, or refused with the name of its field', async (t) => {
  const { ids, askWith, readBack, readMessages } = await setUp(t)
  // what contentHtml may hold, and what an externalId is compared by, have tests of their own
  const fields = textFields(ids, 'body').filter(({ name }) => name !== 'contentHtml' && name !== 'externalId')
  assert.ok(fields.length >= 10)
  for (const field of fields) {
    const mayHaveLines = field.maxLength === undefined || ruled.has(field.name) || field.name === 'greeting'
    const taken: string[] = []
    const check = async (text: string, isLost: boolean) => {
      const answer = await askWith(field, text)
      if (isLost || (ruled.has(field.name) && answer.status === 400)) return isRefused(field, text, answer)
      assert.ok(answer.status < 300, `${field.name} ${JSON.stringify(text)}: ${answer.text}`)
      if (answer.body.message && field.name === 'contentText' && !answer.body.conversation) taken.push(text)
      else isKept(field, text, await readBack(answer))
    }
    // changes of one contact come one after another: each is read before the next
    const each = field.route.method === 'PATCH' ? inTurn : atOnce
    await each(lines, (text) => check(text, false))
    await each(manyLines, (text) => check(text, !mayHaveLines))
    await each(impossible, (text) => check(text, true))
    const messages = taken.length > 0 ? await readMessages() : []
    for (const text of taken) isKept(field, text, messages)
  }
})

const inTurn = async <T>(items: readonly T[], act: (item: T) => Promise<void>) => {
  for (const item of items) await act(item)
}
/** A few at once: fewer than there are connections to PostgreSQL. */
const atOnce = async <T>(items: readonly T[], act: (item: T) => Promise<void>) => {
  const rest = items.values()
  const takeTurns = async () => {
    for (const item of rest) await act(item)
  }
  await Promise.all([takeTurns(), takeTurns(), takeTurns(), takeTurns()])
}

test('a text may be as long as its limit says, counted in characters, and not one longer', async (t) => {
  const { ids, askWith, readBack } = await setUp(t)
  for (const field of textFields(ids, 'body').filter(({ name, maxLength }) => maxLength && !urls.has(name))) {
    const start = field.name === 'avatarUrl' ? 'https://' : '1'
    for (const character of ['x', 'é', '漢', '😀']) {
      const text = start + character.repeat(field.maxLength! - start.length)
      const answer = await askWith(field, text)
      assert.ok(answer.status < 300, answer.text)
      isKept(field, text, await readBack(answer))
      isRefused(field, text, await askWith(field, text + character))
    }
  }
})

test('HTML of any kind is cleaned and stored, or refused', async (t) => {
  const { ids, askWith } = await setUp(t)
  const field = textFields(ids, 'body').find(({ name }) => name === 'contentHtml')!
  await atOnce([...lines, ...manyLines, ...impossible], async (text) => {
    const answer = await askWith(field, text)
    if (answer.status !== 201) isRefused(field, text, answer)
    else assert.doesNotMatch(answer.body.message.contentHtml, /<(script|svg|!)|<[^>]*\son\w+=/i)
  })
})

test('every text in a query is an answer or a refusal with its name, and none steers the search', async (t) => {
  const { inbox, ids, askWith } = await setUp(t)
  const texts = [...lines, ...manyLines, ...impossible]
  for (const field of textFields(ids, 'query'))
    await atOnce(texts, async (text) => {
      const answer = await askWith(field, text)
      if (answer.status >= 300) isRefused(field, text, answer)
    })
  for (const text of texts.filter((text) => text.trim() !== '' && !text.includes('\0'))) {
    const answer = await inbox.get(`/search?q=${encodeURIComponent(`nowheretobefound ${text.toWellFormed()}`)}`)
    if (answer.status === 200) assert.deepEqual(Object.values(answer.body.results), [[], [], []], text)
    else assert.match(answer.body.message, /^q must be 1 to 256 characters/)
  }
})

test('every text in a path is an id of nothing', async (t) => {
  const { inbox } = await setUp(t)
  const texts = [...lines, ...manyLines, ...impossible].filter((text) => text !== '' && text.isWellFormed())
  await atOnce(texts, async (text) => {
    for (const path of ['/contacts/ID', '/conversations/ID/messages', '/conversations/x/messages/ID/raw']) {
      const { status, body } = await inbox.get(path.replace('ID', encodeURIComponent(text)))
      const why = `${JSON.stringify(text)}: ${JSON.stringify(body)}`
      if (text.includes('\0')) assert.match(`${status} ${body.message}`, /^400 \w+Id must not contain/, why)
      else assert.ok(status === 404 || (status === 414 && text.length > 200), why)
    }
  })
})

test('an address is kept as it is, or refused with the documented sentence', async (t) => {
  const { inbox } = await setUp(t)
  for (const email of addresses) {
    const { status, body, text } = await inbox.post('/contacts', { email })
    assert.deepEqual([status, body.contact?.email], [201, email], text)
    const found = (await inbox.get(`/search?q=${encodeURIComponent(email)}`)).body.results.contacts
    assert.equal(found[0]?.id, body.contact.id, email)
  }
  for (const email of noAddresses)
    for (const { status, body } of [
      await inbox.post('/contacts', { email }),
      await inbox.post('/conversations', { email, subject: 'Hello', contentText: 'Hello' }),
    ])
      assert.deepEqual([status, body.message], [400, 'Invalid email address format.'], email)
})
