import assert from 'node:assert/strict'
import test from 'node:test'
import { limits } from '../../server/limits.ts'
import { startApp } from '../app.ts'
import { startChat } from '../chat.ts'
import { mail } from '../make.ts'
import { isThorough } from '../thorough.ts'
import { callsOf, keyOf, requestOf, send } from './calls.ts'
import { collectRoutes } from './routes.ts'
import { longestTurn } from '../cpu.ts'
import { hostile } from './hostile.ts'
import { makeWorld } from './world.ts'

// Every text field of every route, filled to its limit with every hostile text: no turn of the event loop may take long.

const routes = collectRoutes()

/** CPU time, milliseconds. */
const most = 50

/** Of a field without a limit of its own: what a body has room for, whatever its escapes and its encoding. */
const bodyCharacters = Math.floor(limits.bodyBytes / 3) - 1000

/** A usual run tries one pair of field and text of so many, each field and each text in turn. */
const share = 61
let pairs = 0
const isOurTurn = () => isThorough || (pairs += 1) % share === 0
const timeout = isThorough ? 1_800_000 : 180_000

/** The best of three: collecting garbage and compiling are not the text's. */
const assertQuick = async (what: string, make: () => string, act: (text: string) => Promise<unknown>) => {
  if (!isOurTurn()) return
  const text = make()
  let longest = Infinity
  for (let tries = 0; tries < 3 && longest > most; tries++)
    longest = Math.min(longest, await longestTurn(() => act(text)))
  assert.ok(longest <= most, `${what} took ${longest} ms of the event loop's`)
}

/** To check a password costs much on purpose: only what is slow to normalise. */
const kindsFor = (field: string) =>
  Object.entries(hostile).filter(([kind]) => !/password/i.test(field) || /^marks out|of 18/.test(kind))

const schemaOf = { query: 'querystring', body: 'body' } as const
let people = 0
/** What may be there once only. */
const unique = (fields: Record<string, unknown>) => ({
  ...('email' in fields ? { email: `person${(people += 1)}@example.com` } : {}),
  ...('shortcut' in fields ? { shortcut: `shortcut-${(people += 1)}` } : {}),
  ...('id' in fields ? { id: `message-${(people += 1)}` } : {}),
})

test('no hostile text in any field of any route holds up the event loop', { timeout }, async (t) => {
  const started = await startApp(t, { env: { PUBLIC_URL: 'https://inbox.example.com' } })
  const { inbox, ids } = await makeWorld(started, 'ours')
  const { secret } = await inbox.as({ scope: 'api_user' })
  let fields = 0
  // a stream of events has no end
  const ending = routes.filter(({ name }) => !name.endsWith('/events'))
  for (const route of ending.filter(({ method }) => method !== 'HEAD' && method !== 'DELETE'))
    for (const call of callsOf(route, ids))
      for (const place of ['query', 'body'] as const)
        for (const name of Object.keys(call[place] ?? {})) {
          const schema = route.schema[schemaOf[place]]?.properties[name]
          if (!schema || ![schema.type].flat().includes('string') || schema.enum) continue
          fields += 1
          const characters = Math.min(schema.maxLength ?? Infinity, place === 'query' ? 4000 : bodyCharacters)
          for (const [kind, make] of kindsFor(name))
            await assertQuick(
              `${route.name}: ${name}: ${kind}`,
              () => make(characters),
              (text) => {
                // a channel's server would be connected to
                const { smtpUrl: _, ...others } = call[place]!
                const filled = { ...call, [place]: { ...others, ...unique(others), [name]: text } }
                return send(started, requestOf(route, filled, ids), keyOf(call, ids, secret))
              },
            )
        }
  assert.ok(fields >= 30, `only ${fields} fields`)
})

test('no hostile text in a form holds up the event loop', { timeout }, async (t) => {
  const { inbox, ask } = await startApp(t)
  const own = { name: 'size', label: 'Size', required: false }
  const form = { kind: 'FORM', name: 'Contact', allowedOrigins: ['https://shop.example'], fields: [own] }
  const { channel } = (await inbox.post('/channels', form)).body
  const post = (fields: object) =>
    ask('POST', `/forms/${channel.id}`, {
      body: { email: `person${(people += 1)}@example.com`, message: 'Hello', ...fields },
      headers: { origin: 'https://shop.example' },
    })
  assert.equal((await post({})).status, 201)
  const characters = {
    email: limits.emailBytes,
    name: limits.nameCharacters,
    subject: limits.subjectCharacters,
    message: limits.formMessageCharacters,
    size: limits.formFieldCharacters,
  }
  for (const [field, length] of Object.entries(characters))
    for (const [kind, make] of Object.entries(hostile))
      await assertQuick(
        `${field}: ${kind}`,
        () => make(length),
        (text) => post({ [field]: text }),
      )
})

test('no hostile text in a chat holds up the event loop', { timeout }, async (t) => {
  const started = await startApp(t)
  const { visitor } = await startChat(started, started.inbox)
  for (const [kind, make] of Object.entries(hostile)) {
    const { say } = await visitor()
    await assertQuick(
      kind,
      () => make(limits.chatTextCharacters),
      (text) => say(text),
    )
  }
})

const headers = 'From To Cc Subject Date Received Message-ID In-Reply-To References Content-Type'.split(' ')

test('no hostile text in a mail holds up the event loop', { timeout }, async (t) => {
  const { inbox } = await startApp(t)
  const { channel } = (await inbox.post('/channels', { kind: 'EMAIL', name: 'Help', email: 'help@example.com' })).body
  const deliver = (raw: Buffer) => inbox.post(`/channels/${channel.id}/mail`, raw, { 'content-type': 'message/rfc822' })
  const from = { From: 'Jane <jane@example.com>' }
  assert.equal((await deliver(mail(from))).status, 201)
  for (const [kind, make] of Object.entries(hostile)) {
    const line = () => make(20_000).replaceAll('\n', '\n ')
    for (const name of headers)
      await assertQuick(`${name}: ${kind}`, line, (text) => deliver(mail({ ...from, [name]: text })))
    const body = () => make(100_000)
    for (const type of ['text/plain', 'text/html', 'text/plain; format=flowed'])
      await assertQuick(`${type}: ${kind}`, body, (text) =>
        deliver(mail({ ...from, 'Content-Type': `${type}; charset=utf-8` }, text)),
      )
  }
})
