import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import { startApp } from '../../test/app.ts'
import { engine } from '../../test/databases.ts'
import { customerWrites, makeConversation } from '../../test/make.ts'
import { firstIdAt } from '../db/id.ts'
import { sql, type Sql } from '../db/sql.ts'
import { check } from './check.ts'

/** Rowids of the index go down from here. */
const last = Number.MAX_SAFE_INTEGER

const damagedIndex: Record<typeof engine, (id: string, messageId: string) => [Sql, string[]][]> = {
  sqlite: (id, messageId) => [
    [
      sql`insert into messages_terms_2 (rowid, terms)
          select ${last} - seq, '0001zebra' from messages where id = ${messageId}`,
      ['messages search.terms'],
    ],
    [sql`insert into contacts_terms_2 (rowid, terms) values (999999, '0001zebra')`, ['contacts search.terms']],
    [
      sql`insert into conversations_terms_2 (conversations_terms_2, rowid, terms)
          select 'delete', ${last} - seq, '0001billing' from conversations where id = ${id}`,
      ['conversations search.terms'],
    ],
  ],
  postgres: (id, messageId) => [
    [
      sql`update messages_terms_2 set terms = terms || array_to_tsvector(array['0001zebra'])
          where seq = (select seq from messages where id = ${messageId})`,
      ['messages search.terms'],
    ],
    [
      sql`insert into contacts_terms_2 (workspace_id, seq, terms) values ('wrk_x', 999999, array_to_tsvector(array['0001zebra']))`,
      ['contacts search.terms'],
    ],
    [
      sql`update conversations_terms_2 set terms = ts_delete(terms, '0001billing')
          where seq = (select seq from conversations where id = ${id})`,
      ['conversations search.terms'],
    ],
  ],
}

test('everything that is derived from messages is compared with them, named, and mended', async (t) => {
  const { inbox, db } = await startApp(t)
  const { id, contactId, messageId } = await makeConversation(inbox, {
    email: 'jane@example.com',
    subject: 'Billing',
    text: 'An invoice',
  })
  await makeConversation(inbox, { email: 'bob@example.com', subject: 'Other', text: 'Other' })
  await customerWrites(inbox, id, 'A question')
  assert.deepEqual(await check(db, { repair: false }), [])
  const answers = async () =>
    JSON.stringify(
      [
        await inbox.get('/customers'),
        await inbox.get('/conversations'),
        ...(await Promise.all(['invoice', 'billing', 'jane', 'zebra'].map((q) => inbox.get(`/search?q=${q}`)))),
      ].map(({ body }) => body),
    )
  const before = await answers()
  const twoHoursAgo = firstIdAt('msg', Date.now() - 7_200_000)
  const damages: [what: Sql, differs: string[]][] = [
    [sql`update contacts set thread_count = 7 where id = ${contactId}`, ['contacts.thread_count']],
    [
      sql`update contacts set latest_conversation_id = 'thd_x' where id = ${contactId}`,
      ['contacts.latest_conversation_id'],
    ],
    [
      sql`update contacts set last_message_preview = 'x', activity_at = '2001-01-01T00:00:00.000Z'`,
      ['contacts.last_message_preview', 'contacts.activity_at'],
    ],
    [sql`update conversations set unread_count = 5 where id = ${id}`, ['conversations.unread_count']],
    [sql`update conversations set last_message_at = null where id = ${id}`, ['conversations.last_message_at']],
    [sql`update messages set preview = 'other' where id = ${messageId}`, ['messages.preview']],
    ...damagedIndex[engine](id, messageId),
    [
      sql`insert into mail_pieces (workspace_id, message_id, number, bytes) values (${inbox.workspaceId}, ${twoHoursAgo}, 0, ${new Uint8Array(3)})`,
      ['mail_pieces.message'],
    ],
  ]
  for (const [damage, differs] of damages) {
    await db.run(damage)
    const found = await check(db, { repair: false })
    assert.deepEqual([...new Set(found.map(({ table, field }) => `${table}.${field}`))], differs)
    assert.deepEqual(await check(db, { repair: true }), found)
    assert.deepEqual(await check(db, { repair: false }), [])
    assert.equal(await answers(), before, differs.join())
  }
})

test(
  'an index that cannot be read is named, and rebuilt',
  { skip: engine === 'postgres' && 'PostgreSQL checks its own' },
  async (t) => {
    const { inbox, db, dataDir } = await startApp(t)
    await makeConversation(inbox, { email: 'jane@example.com', subject: 'Billing', text: 'An invoice' })
    const other = new DatabaseSync(join(dataDir, 'support-inbox.db'), { defensive: false })
    other.exec('delete from contacts_terms_2_data where id > 10')
    other.close()
    const [difference, ...others] = await check(db, { repair: false })
    assert.deepEqual([difference?.table, difference?.field, others], ['contacts search', 'index', []])
    await check(db, { repair: true })
    assert.deepEqual(await check(db, { repair: false }), [])
    assert.equal((await inbox.get('/search?q=jane')).body.results.contacts.length, 1)
  },
)

test('odd names, long ones and many words are indexed as they are checked', async (t) => {
  const { inbox, db } = await startApp(t)
  for (const name of ['😀'.repeat(256), 'ﷺ'.repeat(250), '١٢٣ ٤٥٦', 'x'.repeat(256)])
    assert.equal(
      (
        await inbox.post('/contacts', {
          email: `${name.length}${name.codePointAt(0)}@example.com`,
          name,
          phone: '٠١٢٣',
        })
      ).status,
      201,
    )
  const { id } = await makeConversation(inbox, { email: 'jane@example.com' })
  await customerWrites(inbox, id, Array.from({ length: 9000 }, (_, i) => `w${i}`).join(' '))
  assert.deepEqual(await check(db, { repair: false }), [])
  const hits = async (q: string) => (await inbox.get(`/search?q=${q}`)).body.results.messages.length
  assert.deepEqual([await hits('w4999'), await hits('w5001')], [1, 0])
})

test('raw mail that lost a piece is named and cannot be mended', async (t) => {
  const { inbox, db } = await startApp(t)
  const { messageId } = await makeConversation(inbox, { email: 'jane@example.com' })
  await db.run(sql`update messages set mail_size = 10 where id = ${messageId}`)
  const [difference] = await check(db, { repair: true })
  assert.deepEqual([difference?.field, difference?.stored, difference?.expected], ['bytes', 0, 10])
  assert.equal((await check(db, { repair: false })).length, 1)
})
