import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { bounce } from '../../test/bounce.ts'
import { customerWrites, mail, makeConversation } from '../../test/make.ts'
import { startMail } from '../../test/smtp.ts'
import { check } from '../check/check.ts'
import { sql } from '../db/sql.ts'

const refusal = { responseCode: 550, message: '5.1.1 No such user' }

/** A mail server that refuses everything until it is told otherwise, and a reply of the team that it has refused. */
const startRefused = async (t: TestContext) => {
  let isRefusing = true
  const started = await startMail(t, { verdict: () => (isRefusing ? refusal : undefined) })
  const { inbox, messagesOf } = started
  const { id, messageId } = await makeConversation(inbox, { email: 'jane@example.org' })
  const conversation = async () => (await inbox.get(`/conversations/${id}`)).body.conversation
  const statusOf = async (wanted: string) => {
    for (;;) {
      const message = (await messagesOf(id)).find((one) => one.id === messageId)
      if (message.status === wanted) return message
      await sleep(20)
    }
  }
  const listed = async () =>
    (await inbox.get('/conversations?undelivered=true')).body.conversations.items.map((one: any) => one.id)
  const retry = (of = messageId) => inbox.post(`/conversations/${id}/messages/${of}/retry`, undefined)
  return { ...started, id, messageId, conversation, statusOf, listed, retry, accept: () => void (isRefusing = false) }
}

test('a reply that fails opens its conversation, which is listed', async (t) => {
  const { inbox, id, conversation, statusOf, listed } = await startRefused(t)
  await inbox.put(`/conversations/${id}/status`, { status: 'CLOSED' })
  await statusOf('FAILED')
  const { status, isUndelivered } = await conversation()
  assert.deepEqual({ status, isUndelivered }, { status: 'OPEN', isUndelivered: true })
  assert.deepEqual(await listed(), [id])
  assert.equal((await inbox.get('/conversations/counts')).body.counts.undelivered, 1)
  await customerWrites(inbox, id, 'Hello?')
  assert.deepEqual(await listed(), [id])
})

test('a reply that failed is sent again, once', async (t) => {
  const { id, messageId, world, conversation, statusOf, listed, retry, accept, lines } = await startRefused(t)
  const { failureReason } = await statusOf('FAILED')
  assert.match(failureReason, /No such user/)
  accept()
  const answers = await Promise.all([retry(), retry(), retry()])
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, 409, 409],
  )
  const again = answers.find(({ status }) => status === 200)!.body.message
  assert.deepEqual([again.id, again.status, again.failureReason], [messageId, 'PENDING', null])
  assert.deepEqual(await listed(), [])
  const { sentAt } = await statusOf('SENT')
  assert.ok(sentAt)
  assert.equal((await conversation()).isUndelivered, false)
  assert.deepEqual(
    world.taken.map(({ to }) => to),
    [['jane@example.org']],
  )
  assert.equal((await retry()).body.code, 'message_not_failed')
  assert.equal(lines.length, 1, id)
})

test('only replies of this conversation are sent again', async (t) => {
  const { inbox, id, messageId, statusOf, retry } = await startRefused(t)
  await statusOf('FAILED')
  const inbound = await customerWrites(inbox, id, 'Hello?')
  assert.equal((await retry(inbound.id)).status, 409)
  const other = await makeConversation(inbox, { email: 'omar@example.org' })
  assert.equal((await inbox.post(`/conversations/${other.id}/messages/${messageId}/retry`, undefined)).status, 404)
})

test('another reply takes its conversation off the list', async (t) => {
  const { inbox, id, statusOf, listed, accept, conversation, db } = await startRefused(t)
  await statusOf('FAILED')
  accept()
  await inbox.post(`/conversations/${id}/messages`, { contentText: 'Once more' })
  assert.deepEqual(await listed(), [])
  assert.equal((await conversation()).isUndelivered, false)
  assert.deepEqual(await check(db, { repair: false }), [])
})

test('a proven delivery report opens the conversation of its mail', async (t) => {
  const { inbox, world, send, id, conversation, statusOf, retry, accept } = await startRefused(t)
  await statusOf('FAILED')
  accept()
  await retry()
  const { envelope } = await world.nth(1)
  await statusOf('SENT')
  await inbox.put(`/conversations/${id}/status`, { status: 'ARCHIVED' })
  await send(bounce({ about: '<x@y>' }), envelope.from)
  await statusOf('FAILED')
  const { status, isUndelivered } = await conversation()
  assert.deepEqual({ status, isUndelivered }, { status: 'OPEN', isUndelivered: true })
})

test('check finds and repairs what lists say of failed replies', async (t) => {
  const { db, inbox, id, statusOf, listed, send } = await startRefused(t)
  await statusOf('FAILED')
  const found = (repair: boolean) => check(db, { repair })
  assert.deepEqual(await found(false), [])
  await db.run(sql`update conversations set is_undelivered = 0`)
  assert.equal((await found(true)).length, 1)
  assert.deepEqual(await listed(), [id])
  await send(mail({ From: 'x@example.org', To: 'help@example.com' }))
  assert.deepEqual(await found(false), [])
  assert.equal((await inbox.get(`/conversations?undelivered=false`)).body.conversations.items.length, 1)
})
