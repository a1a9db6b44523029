import assert from 'node:assert/strict'
import test from 'node:test'
import { freshDatabase } from '../../databases.ts'
import { freshFolder } from '../../app.ts'
import { clientOf, startServer } from '../../process.ts'

/** A clock that is so many milliseconds ahead, for all that the process does. */
const ahead = (milliseconds: number): string => {
  const shift = `const now = Date.now; globalThis.Date = class extends Date {
    constructor(...given) { given.length === 0 ? super(now() + ${milliseconds}) : super(...given) }
    static now() { return now() + ${milliseconds} } }`
  return `--import data:text/javascript,${encodeURIComponent(shift)}`
}

test('messages keep their order though a clock is ten minutes ahead', async (t) => {
  const { url, drop } = await freshDatabase()
  const env = { DATABASE_URL: url, DATA_DIR: await freshFolder(t, drop), LOG_LEVEL: 'error' }
  const right = await startServer(t, env)
  const { key, workspaceId } = right
  const servers = [
    right,
    await startServer(t, { ...env, NODE_OPTIONS: ahead(600_000) }),
    await startServer(t, { ...env, NODE_OPTIONS: ahead(-600_000) }),
  ]
  const [, fast, slow] = servers
  assert.doesNotMatch(right.texts.stdout, /clock/)
  assert.match(fast!.texts.stdout, /The clock of this machine is (599|600|601) s ahead of the database's/)
  assert.match(slow!.texts.stdout, /The clock of this machine is (599|600|601) s behind the database's/)
  const asks = servers.map(({ address }) => clientOf({ address, key, workspaceId }))
  const begun = await asks[0]!('POST', '/conversations', { email: 'a@example.com', subject: 'a', contentText: '0' })
  const path = `/conversations/${begun.body.conversation.id}/messages`
  for (let n = 1; n < 30; n++) {
    const { status } = await asks[n % 3]!('POST', path, { contentText: String(n), note: n % 4 === 0 })
    assert.equal(status, 201)
  }
  const { items } = (await asks[0]!('GET', `${path}?limit=100`)).body.thread.messages
  assert.deepEqual(
    items.map(({ contentText }: { contentText: string }) => Number(contentText)),
    Array.from({ length: 30 }, (_, n) => n),
  )
  const times = items.map(({ createdAt }: { createdAt: string }) => createdAt)
  assert.deepEqual(times, times.toSorted())
})
