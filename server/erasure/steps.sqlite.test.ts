import assert from 'node:assert/strict'
import test from 'node:test'
import { startApp } from '../../test/app.ts'
import { customerWrites, mail, makeConversation } from '../../test/make.ts'
import { check } from '../check/check.ts'
import type { Db, Tx } from '../db/db.ts'
import { eraseContact } from './erase.ts'
import { Steps } from './steps.ts'

/** Stops after so many steps, as a server that is killed. */
const stoppingAfter = (db: Db, most: number): Db => {
  let steps = 0
  return {
    ...db,
    transaction: async <T>(fn: (tx: Tx) => Promise<T>) => {
      if ((steps += 1) > most) throw new Error('stopped')
      return db.transaction(fn)
    },
  }
}

const scripts = {
  latin: (i: number) => `wort${i} `,
  han: (i: number) => String.fromCodePoint(0x4e00 + i),
  hangul: (i: number) => String.fromCodePoint(0xac00 + i * 7),
  marks: (i: number) => `e\u0301${i}\u0316 `,
}

for (const [script, word] of Object.entries(scripts))
  test(`a long text in ${script} is erased in steps, index and text agreeing after each`, async (t) => {
    const { inbox, db } = await startApp(t)
    const text = Array.from({ length: 700 }, (_, i) => word(i)).join('')
    const { contactId, id } = await makeConversation(inbox, { email: 'gone@example.com', subject: text.slice(0, 900) })
    await makeConversation(inbox, { email: 'stays@example.com', subject: text.slice(0, 300), text })
    await inbox.patch(`/contacts/${contactId}`, { name: text.slice(0, 250).trim() })
    await customerWrites(inbox, id, text)
    const steps = new Steps()
    let rounds = 0
    for (let isOver = false; !isOver; rounds += 1) {
      isOver = await eraseContact({ db: stoppingAfter(db, 3), steps }, inbox.workspaceId, contactId).then(
        () => true,
        (error) => assert.match(String(error), /stopped/) ?? false,
      )
      const differences = await check(db, { repair: false })
      // a conversation loses its people's words before they do
      assert.deepEqual(
        differences.filter(({ field }) => field !== 'people'),
        [],
      )
    }
    assert.ok(rounds > 3, `${rounds} rounds`)
    assert.equal((await inbox.get('/search?q=stays')).body.results.contacts.length, 1)
  })

test('a large mail is erased a few pieces at a time', async (t) => {
  const { inbox, db } = await startApp(t)
  const raw = mail({ From: 'gone@example.com', Subject: 'Large' }, 'x'.repeat(70).concat('\r\n').repeat(40_000))
  const channel = await inbox.post('/channels', { kind: 'EMAIL', name: 'Help', email: 'help@example.com' })
  assert.equal(channel.status, 201)
  const stored = await inbox.post(`/channels/${channel.body.channel.id}/mail`, raw, {
    'content-type': 'message/rfc822',
  })
  assert.equal(stored.status, 201)
  let [pieces, most] = [0, 0]
  const counting: Db = {
    ...db,
    transaction: (fn) =>
      db.transaction((tx) => {
        let deleted = 0
        const run: Tx['run'] = async (query) => {
          const rows = await tx.run(query)
          if (query.parts.join('').includes('delete from mail_pieces')) deleted += rows
          pieces += deleted
          most = Math.max(most, deleted)
          return rows
        }
        return fn({ ...tx, run })
      }),
  }
  const [contact] = (await inbox.get('/search?q=gone')).body.results.contacts
  await eraseContact({ db: counting, steps: new Steps() }, inbox.workspaceId, contact.id)
  assert.ok(pieces > 20, `${pieces} pieces`)
  assert.ok(most <= 4, `${most} at once`)
  assert.deepEqual(await check(db, { repair: false }), [])
})
