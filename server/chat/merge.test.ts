import assert from 'node:assert/strict'
import test from 'node:test'
import { startApp } from '../../test/app.ts'
import { sayOn, startChat } from '../../test/chat.ts'
import { mail } from '../../test/make.ts'
import { check } from '../check/check.ts'
import { sql } from '../db/sql.ts'

test('mails, chat messages, replies, notes and read marks while contacts are merged: nobody waits in a circle, every count is right', async (t) => {
  const started = await startApp(t)
  const { inbox, db } = started
  const { visitor, sign } = await startChat(started, inbox)
  const { channel } = (await inbox.post('/channels', { kind: 'EMAIL', name: 'Help', email: 'help@example.com' })).body
  for (let round = 0; round < 6; round++) {
    const email = `jane${round}@example.com`
    await inbox.post('/contacts', { email })
    const jane = await visitor()
    const { conversationId } = (await jane.say('First')).body.message
    const at = `/conversations/${conversationId}`
    const reply = (more: object = {}) => inbox.post(`${at}/messages`, { contentText: 'An answer', ...more })
    const write = (number: number) =>
      inbox.post(
        `/channels/${channel.id}/mail`,
        mail({ From: `Jane Doe <${email}>`, 'Message-ID': `<${round}.${number}@x>`, References: `<${round}@x>` }, 'Hi'),
        { 'content-type': 'message/rfc822' },
      )
    const becoming = visitor({ email, name: 'Jane', signature: sign(email) }, jane.token)
    const [verified, ...answers] = await Promise.all([
      becoming,
      sayOn(jane, becoming, 'Second'),
      reply(),
      sayOn(jane, becoming, 'Third'),
      reply(),
      reply({ note: true }),
      write(1),
      write(2),
      write(3),
      inbox.put(`${at}/read`),
      inbox.put(`${at}/status`, { status: 'CLOSED' }),
      reply(),
      sayOn(jane, becoming, 'Fourth'),
      inbox.post('/conversations', { email, subject: 'Hello', contentText: 'Hello' }),
    ])
    assert.ok(verified.isVerified)
    assert.deepEqual(
      answers.filter(({ status }) => status > 201).map(({ text }) => text),
      [],
    )
  }
  assert.deepEqual(await check(db, { repair: false }), [])
  if (db.engine === 'sqlite') return
  const figures = await db.one(sql`select deadlocks from pg_stat_database where datname = current_database()`)
  assert.deepEqual({ ...figures }, { deadlocks: 0 })
})
