import assert from 'node:assert/strict'
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { readConfig } from '../../server/config.ts'
import { createContact } from '../../server/contacts/create.ts'
import { openConversation } from '../../server/conversations/open.ts'
import type { Db } from '../../server/db/db.ts'
import { openDatabase } from '../../server/db/open.ts'
import { createKey } from '../../server/keys/create.ts'
import { digestNow } from '../../server/messages/digest.ts'
import { receive } from '../../server/messages/receive.ts'
import { createWorkspace } from '../../server/workspaces/queries.ts'
import { freshFolder } from '../app.ts'
import { lines, manyLines } from '../attacks/texts.ts'
import { quantile } from './load.ts'
import { startMeasuredServer } from './measured.ts'
import { startOthers } from './others.ts'
import type { Searched, Storm } from './searchers.ts'

// F19: twenty people search a large inbox for the oddest things, and everybody else works on.

const messages = Number(process.env['SEARCH_MESSAGES'] ?? 100_000)
const inEach = 10
const rounds = 60
/** The bars are for a quiet machine; what is asserted leaves room for a busy one. */
const room = 4

/** A process that runs when nobody else wants the processors: in life those who search have machines of their own. */
const whatIsLeft = { execPath: 'chrt', execArgv: ['--idle', '0', process.execPath] }

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
  const keys = { storm: await keyOf(), colleague: await keyOf() }
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
      for (let i = 0; i < inEach; i++) {
        const contentText = `${someWords(40)} invoice`
        await receive(tx, place, { contentText, digest: digestNow(contentText) }, { isNews: true })
      }
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

test(`F19: twenty at once search ${messages} messages for the oddest things`, { timeout: 900_000 }, async (t) => {
  const folder = await freshFolder(t)
  const dataDir = join(folder, 'data')
  const fail = (error: Error) => {
    throw error
  }
  const where = { ...readConfig({}), dataDir }
  const db = await openDatabase(where, { role: 'server', onFatal: fail })
  const { workspaceId, keys } = await fill(db)
  await db.close()
  // what the system has yet to write of it is not what is measured
  execFileSync('sync')
  const { address, loopDelay } = await startMeasuredServer(t, { dataDir, beside: folder, under: ['nice'] })
  const inbox = `${address}/v1/workspaces/${workspaceId}/support/inbox`
  const colleague = await startOthers(t, { url: `${inbox}/customers`, key: keys.colleague, pause: 10 })
  const alone = await colleague(() => sleep(5000))

  const urls = Array.from({ length: rounds }, () => queries)
    .flat()
    .flatMap((q) => ['', '&type=messages', '&type=contacts'].map((type) => `${encodeURIComponent(q)}${type}`))
    .map((query) => `${inbox}/search?limit=50&q=${query}`)
  const searchers = fork(join(import.meta.dirname, 'searchers.ts'), whatIsLeft)
  t.after(() => searchers.kill('SIGKILL'))
  const search = async (some: string[]): Promise<Searched> => {
    searchers.send({ urls: some, key: keys.storm } satisfies Storm)
    return (await once(searchers, 'message'))[0]
  }
  // a server that has just begun compiles its code while it answers
  await search(urls.slice(0, urls.length / 3))
  await loopDelay()
  let searched: Searched | undefined
  const beside = await colleague(async () => void (searched = await search(urls)))
  const loop = await loopDelay()

  t.diagnostic(`${searched!.took.length} searches, p99 ${quantile(searched!.took, 0.99)} ms`)
  t.diagnostic(`the list: p99 ${alone} ms alone, ${beside} ms beside them (bar 2 ×)`)
  t.diagnostic(`event loop p99 ${loop.p99} ms, at most ${loop.most} ms (bar 50)`)
  assert.deepEqual(new Set(searched!.statuses), new Set([200]))
  assert.ok(loop.p99 <= 50 && beside <= 2 * room * alone)
})
