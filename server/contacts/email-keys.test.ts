import assert from 'node:assert/strict'
import test from 'node:test'
import { startApp } from '../../test/app.ts'
import { check } from '../check/check.ts'
import type { Db } from '../db/db.ts'
import { migrate } from '../db/migrate.ts'
import { emailKeys } from '../db/migrations/029-email-keys.ts'
import { sql } from '../db/sql.ts'
import { emailKey } from '../email-address.ts'
import { contactTerms } from '../search/terms.ts'
import { changeInSearch } from '../search/write.ts'
import { findContact } from './queries.ts'

const people = 120

/** Contacts with the keys and search terms that they had before. */
const makeFormer = async (t: Parameters<typeof startApp>[0]) => {
  const started = await startApp(t)
  const { inbox, db } = started
  const { workspaceId } = inbox
  const setFormer = async (id: string, { email, key }: { email: string; key: string }) => {
    const before = (await findContact(db, workspaceId, id))!
    const after = { ...before, email, emailKey: key }
    await db.transaction(async (tx) => {
      await tx.run(sql`update contacts set email = ${email}, email_key = ${key} where id = ${id}`)
      await changeInSearch(
        tx,
        { workspaceId, table: 'contacts', seq: before.seq },
        {
          before: (version) => contactTerms(before, version),
          after: (version) => contactTerms(after, version),
        },
      )
    })
  }
  const make = async (email: string, former: { email?: string; key: string }) => {
    const { contact } = (await inbox.post('/contacts', { email, name: 'Somebody' })).body
    await setFormer(contact.id, { email, ...former })
    return contact.id as string
  }
  const invalid = await make('x@example.com', { email: 'b@münchen.de/evil', key: 'b@xn--mnchen-3ya.de' })
  for (let i = 0; i < people; i++) await make(`ſam${i}@example.com`, { key: `sam${i}@example.com` })
  await inbox.post('/contacts', { email: 'jörg@example.com' })
  await db.run(sql`delete from migrations where name = '029-email-keys'`)
  return { ...started, invalid }
}

test('an upgrade tells apart addresses that were taken for one', async (t) => {
  const { db, inbox, invalid } = await makeFormer(t)
  assert.deepEqual(await migrate(db), ['029-email-keys'])
  const rows = await db.many<{ email: string; key: string | null }>(sql`select email, email_key as key from contacts`)
  assert.equal(rows.length, people + 2)
  for (const { email, key } of rows) assert.equal(key, email.endsWith('evil') ? null : emailKey(email))
  assert.deepEqual(await check(db, { repair: false }), [])
  const post = async (email: string) => (await inbox.post('/contacts', { email })).status
  assert.deepEqual(
    [await post('ſam7@example.com'), await post('sam7@example.com'), await post('b@münchen.de')],
    [200, 201, 201],
  )
  const { contact } = (await inbox.get(`/contacts/${invalid}`)).body
  assert.equal(contact.email, 'b@münchen.de/evil')
  const [found] = (await inbox.get(`/search?q=${encodeURIComponent('ſam8@example.com')}`)).body.results.contacts
  assert.equal(found.email, 'ſam8@example.com')
})

test('an upgrade that was killed goes on where it stopped', async (t) => {
  const { db } = await makeFormer(t)
  let steps = 0
  const mortal: Db = {
    ...db,
    transaction: (fn) => {
      if ((steps += 1) === 2) throw new Error('killed')
      return db.transaction(fn)
    },
  }
  await assert.rejects(migrate(mortal), /killed/)
  // two processes may go on at once
  await Promise.all([migrate(db), emailKeys.rows!(db)])
  const left = sql`select id from contacts where email like 'ſ%' and email_key not like 'ſ%'`
  assert.deepEqual(await db.many(left), [])
  assert.deepEqual(await check(db, { repair: false }), [])
})
