import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { readConfig } from '../../server/config.ts'
import { createContact } from '../../server/contacts/create.ts'
import { openConversation } from '../../server/conversations/open.ts'
import type { Db } from '../../server/db/db.ts'
import { openDatabase } from '../../server/db/open.ts'
import { createKey } from '../../server/keys/create.ts'
import { receive } from '../../server/messages/receive.ts'
import { createWorkspace } from '../../server/workspaces/queries.ts'
import { freshFolder } from '../app.ts'
import { lines, manyLines } from '../attacks/texts.ts'
import { startServer } from '../process.ts'

// F19: twenty people search a large inbox for the oddest things, and everybody else works on.

const messages = Number(process.env['SEARCH_MESSAGES'] ?? 100_000)
const inEach = 10

/** Few words in most messages, many in few. */
const words = Array.from(
  { length: 20_000 },
  (_, i) => `${['ba', 'ke', 'li', 'mo', 'nu', 'sa'][i % 6]}${i.toString(36)}`,
)
const someWords = (count: number) =>
  Array.from({ length: count }, () => words[Math.floor(words.length * Math.random() ** 4)]!).join(' ')

const fill = async (db: Db) => {
  const { id: workspaceId } = await db.transaction((tx) => createWorkspace(tx, 'Support'))
  const keyOf = async () => (await db.transaction((tx) => createKey(tx, { workspaceId, scope: 'api_user' }))).secret
  const keys = { storm: await keyOf(), others: await keyOf() }
  const addConversation = (n: number) =>
    db.transaction(async (tx) => {
      const person = { email: `person${n}@example.com`, name: someWords(2), source: 'IMPORT' } as const
      const { contact } = await createContact(tx, workspaceId, person)
      const opened = { contactId: contact.id, subject: someWords(4), status: 'OPEN', source: 'IMPORT' } as const
      const place = {
        workspaceId,
        contactId: contact.id,
        conversationId: await openConversation(tx, workspaceId, opened),
      }
      for (let i = 0; i < inEach; i++)
        await receive(tx, place, { contentText: `${someWords(40)} invoice`, contentHtml: null }, { isNews: true })
    })
  for (let n = 0; n < messages / inEach; n += 20)
    await Promise.all(Array.from({ length: 20 }, (_, i) => addConversation(n + i)))
  return { workspaceId, keys }
}

const queries = [
  ...lines,
  ...manyLines,
  'a',
  'b',
  'e',
  '1',
  '%',
  '_',
  '*',
  '"',
  'invoice',
  'i',
  'in',
  'person',
  'example.com',
  'person1',
  'nowheretobefound',
  someWords(40).slice(0, 256),
  'b '.repeat(128),
  Array.from({ length: 128 }, (_, i) => String.fromCharCode(97 + (i % 26))).join(' '),
  'x'.repeat(256),
  '漢'.repeat(256),
].filter((q) => q.trim() !== '' && q.length <= 256)

const percentile = (took: number[], part: number) =>
  took.toSorted((a, b) => a - b)[Math.floor((took.length - 1) * part)]!

test(`F19: twenty at once search ${messages} messages for the oddest things`, { timeout: 900_000 }, async (t) => {
  const dataDir = await freshFolder(t)
  const fail = (error: Error) => {
    throw error
  }
  const where = { ...readConfig({}), dataDir }
  const db = await openDatabase(where, { role: 'server', onFatal: fail })
  const { workspaceId, keys } = await fill(db)
  await db.close()
  const { address } = await startServer(t, { DATA_DIR: dataDir })
  const inbox = `${address}/v1/workspaces/${workspaceId}/support/inbox`
  const ask = async (url: string, key: string) => {
    const begin = performance.now()
    const answer = await fetch(url, { headers: { authorization: `Bearer ${key}` } })
    await answer.arrayBuffer()
    return { status: answer.status, took: performance.now() - begin }
  }
  const others = async (until: () => boolean) => {
    const lists: number[] = []
    const beats: number[] = []
    while (!until()) {
      lists.push((await ask(`${inbox}/customers`, keys.others)).took)
      beats.push((await ask(`${address}/healthz`, keys.others)).took)
      await sleep(20)
    }
    return { list: percentile(lists, 0.99), beat: percentile(beats, 0.99) }
  }
  const calm = performance.now()
  const before = await others(() => performance.now() - calm > 5000)

  const statuses = new Map<number, number>()
  const searches: number[] = []
  let isOver = false
  const rounds = Array.from({ length: 3 }, () => queries)
    .flat()
    .values()
  const searchOn = async () => {
    for (const q of rounds)
      for (const type of ['', '&type=messages', '&type=contacts']) {
        const { status, took } = await ask(`${inbox}/search?limit=50&q=${encodeURIComponent(q)}${type}`, keys.storm)
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        searches.push(took)
      }
  }
  const storm = Promise.all(Array.from({ length: 20 }, searchOn)).finally(() => (isOver = true))
  const during = await others(() => isOver)
  await storm

  const ms = (time: number) => `${time.toFixed(1)} ms`
  t.diagnostic(`${searches.length} searches, ${JSON.stringify([...statuses])}, p99 ${ms(percentile(searches, 0.99))}`)
  t.diagnostic(`the list: p99 ${ms(before.list)} alone, ${ms(during.list)} beside them`)
  t.diagnostic(
    `/healthz, which waits for nothing but the loop: p99 ${ms(before.beat)} alone, ${ms(during.beat)} beside them`,
  )
  assert.deepEqual([...statuses.keys()], [200])
})
