import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startApp, type Answer, type Inbox } from '../../test/app.ts'
import { startChat } from '../../test/chat.ts'
import { makeConversation, withFiles } from '../../test/make.ts'
import { startMail } from '../../test/smtp.ts'
import { check } from '../check/check.ts'
import { limits } from '../limits.ts'
import { sql } from '../db/sql.ts'
import type { Db } from '../db/db.ts'
import { readRaw } from '../messages/raw.ts'

const jane = { email: 'jane@example.org' }
const large = randomBytes(3_000_000)
const files = () => [
  new File([large], 'Rechnung März.pdf', { type: 'application/pdf' }),
  new File(['<svg onload="alert(1)"/>'], 'logo.svg', { type: 'image/svg+xml' }),
  new File([], 'empty.txt', { type: 'text/plain' }),
  new File(['x'], 'a.txt"\r\nBcc: victim@example.org\r\n\0', { type: 'message/rfc822' }),
]
const sent = [
  ['Rechnung März.pdf', 'application/pdf', large.length],
  ['logo.svg', 'image/svg+xml', 24],
  ['empty.txt', 'text/plain', 0],
  ['a.txt"  Bcc: victim@example.org', 'message/rfc822', 1],
]

/** In pieces of 1 MiB, as older versions did. */
const storeAsBefore = async (db: Db, workspaceId: string, messageId: string) => {
  const all = (await readRaw(db, workspaceId, messageId))!
  await db.transaction(async (tx) => {
    await tx.run(sql`delete from mail_pieces where message_id = ${messageId}`)
    for (let number = 0; number * 1024 * 1024 < all.length; number++)
      await tx.run(
        sql`insert into mail_pieces (workspace_id, message_id, number, bytes)
            values (${workspaceId}, ${messageId}, ${number}, ${all.subarray(number * 1024 * 1024, (number + 1) * 1024 * 1024)})`,
      )
  })
}

const piecesIn = async (db: Db) => (await db.one<{ n: number }>(sql`select count(*) as n from mail_pieces`))!.n

/** The bytes of what was asked for, whatever they are. */
const fetched = (ask: Awaited<ReturnType<typeof startApp>>['app'], url: string, key: string) =>
  ask.inject({ url, headers: { authorization: `Bearer ${key}` } })

const filesOf = ({ body }: Answer) =>
  body.message.attachments.map(({ name, contentType, size }: any) => [name, contentType, size])

test('a reply with files: stored once, listed, fetched, and in the mail with their names, types and bytes', async (t) => {
  const { app, inbox, world, db, messagesOf } = await startMail(t)
  const { id } = await makeConversation(inbox, jane)
  const path = `/conversations/${id}/messages`
  const key = { 'idempotency-key': 'once' }
  const post = async (more: object = {}, ...given: File[]) => {
    const [body, headers] = await withFiles({ contentText: 'Here they are.\nAll four.' }, ...given)
    return inbox.post(path, body, { ...headers, ...more })
  }
  const first = await post(key, ...files())
  assert.equal(first.status, 201, first.text)
  assert.deepEqual(filesOf(first), sent)
  // sent again, with another boundary, it is answered with the same bytes and kept once
  const again = await post(key, ...files())
  assert.deepEqual([again.status, again.text, again.headers['idempotent-replayed']], [201, first.text, 'true'])
  assert.equal((await post(key, ...files().slice(1))).body.code, 'idempotency_key_reused')
  // what came with an answer that was given again is taken back when that has left
  while ((await piecesIn(db)) !== Math.ceil((large.length + 25) / 128 / 1024)) await sleep(10)

  const { message } = first.body
  const mail = await world.nth(2)
  assert.deepEqual(
    mail.attachments.map(({ filename, mimeType, content }) => [
      filename,
      mimeType,
      (content as ArrayBuffer).byteLength,
    ]),
    // which nobody is to take apart
    sent.with(3, [sent[3]![0]!, 'application/octet-stream', 1]),
  )
  assert.ok(Buffer.from(mail.attachments[0]!.content as ArrayBuffer).equals(large))
  assert.equal(mail.text!.trim(), 'Here they are.\nAll four.')
  assert.equal(mail.header('bcc'), undefined)
  assert.deepEqual(mail.envelope.to, [jane.email])

  const { secret } = await inbox.as({ scope: 'api_user' })
  const url = (end: string) => `/v1/workspaces/${inbox.workspaceId}/support/inbox${path}/${message.id}/${end}`
  const pdf = await fetched(app, url('attachments/1'), secret)
  assert.deepEqual([pdf.statusCode, pdf.headers['content-length']], [200, String(large.length)])
  assert.ok(pdf.rawPayload.equals(large))
  await storeAsBefore(db, inbox.workspaceId, message.id)
  assert.ok((await fetched(app, url('attachments/1'), secret)).rawPayload.equals(large))
  const svg = await fetched(app, url('attachments/2'), secret)
  assert.deepEqual(
    ['content-type', 'content-disposition', 'x-content-type-options'].map((name) => svg.headers[name]),
    ['application/octet-stream', `attachment; filename="logo.svg"; filename*=UTF-8''logo.svg`, 'nosniff'],
  )
  assert.equal((await fetched(app, url('attachments/3'), secret)).body, '')
  assert.equal((await fetched(app, url('attachments/5'), secret)).json().code, 'attachment_not_found')
  assert.equal((await fetched(app, url('raw'), secret)).json().code, 'raw_mail_not_found')

  await post({}, new File(['small'], 'small.txt'))
  assert.equal((await world.nth(3)).attachments[0]!.filename, 'small.txt')
  assert.equal((await messagesOf(id)).at(-1).attachments[0].size, 5)
  assert.deepEqual(await check(db, { repair: false }), [])
  await db.run(sql`delete from mail_pieces where number = 1`)
  assert.deepEqual(
    (await check(db, { repair: false })).map(({ id: of, field }) => [of, field]),
    [[message.id, 'bytes']],
  )
  const contact = (await inbox.get('/customers')).body.customers.items[0].contact
  assert.equal((await inbox.delete(`/contacts/${contact.id}`)).status, 204)
  assert.equal(await piecesIn(db), 0)
})

test('the first message of a conversation, notes and what a customer wrote elsewhere may have files, too', async (t) => {
  const { inbox, world, messagesOf } = await startMail(t)
  const start = async (fields: object) => {
    const [body, headers] = await withFiles({ ...jane, subject: 'Offer', contentText: 'Hi', ...fields }, ...files())
    return inbox.post('/conversations', body, headers)
  }
  const started = await start({})
  assert.equal(started.status, 201, started.text)
  const mail = await world.nth(1)
  assert.deepEqual([mail.subject, mail.attachments.length], ['Offer', 4])
  const { id } = started.body.conversation
  for (const fields of [{ note: 'true' }, { direction: 'INBOUND', contentHtml: '<b>Hi</b>' }]) {
    const [body, headers] = await withFiles({ contentText: 'Hi', ...fields }, new File(['x'], 'x.txt'))
    const { status, text } = await inbox.post(`/conversations/${id}/messages`, body, headers)
    assert.equal(status, 201, text)
  }
  assert.deepEqual(
    (await messagesOf(id)).map(({ note, direction, attachments }) => [note, direction, attachments.length]),
    [
      [false, 'OUTBOUND', 4],
      [true, 'SYSTEM', 1],
      [false, 'INBOUND', 1],
    ],
  )
})

test('what is wrong with a multipart body is told in a sentence, and nothing of it is kept', async (t) => {
  const { inbox, newInbox, db } = await startApp(t)
  const { id } = await makeConversation(inbox, jane)
  const path = `/conversations/${id}/messages`
  const post = async (of: Inbox, fields: Record<string, string>, ...given: File[]) => {
    const [body, headers] = await withFiles(fields, ...given)
    return of.post(path, body, headers)
  }
  const text = { contentText: 'Hi' }
  const big = new File([large], 'large.bin')
  const foreign = await post(await newInbox(), text, big)
  assert.deepEqual([foreign.status, foreign.body.code], [404, 'conversation_not_found'])
  const user = await inbox.as({ scope: 'user', agent: 'Ada' })
  assert.equal((await post(user, { ...text, direction: 'INBOUND' }, big)).status, 403)
  for (const [fields, given, status, sentence] of [
    [{}, [big], 400, /^contentText is required/],
    [{ contentText: ' ' }, [big], 400, /^contentText must not be blank/],
    [{ ...text, note: 'yes' }, [big], 400, /^note must be a boolean/],
    [{ ...text, id: 'msg_x' }, [big], 400, /^id is not a field of this request/],
    [{ ...text, __proto__x: 'x' }, [], 400, /^__proto__x is not a field/],
    [{ ...text, attachments: 'a.pdf' }, [], 400, /^attachments must be files/],
    [{ contentText: 'a\0b' }, [], 400, /^contentText must not contain the character NUL/],
    [text, Array.from({ length: 11 }, () => new File(['x'], 'x')), 400, /^attachments must hold at most 10 files/],
    [text, [new File([Buffer.alloc(limits.uploadBytes)], 'huge')], 413, /^The body is larger than 26214400 bytes/],
  ] as const) {
    const answer = await post(inbox, fields, ...given)
    assert.deepEqual([answer.status, sentence.test(answer.body.message)], [status, true], answer.text)
  }
  const other = await inbox.post(path, 'x', { 'content-type': 'text/plain' })
  assert.deepEqual([other.status, other.body.code], [415, 'not_message'])
  const broken = await inbox.post(path, Buffer.from('--x\r\n'), { 'content-type': 'multipart/form-data; boundary=x' })
  assert.deepEqual([broken.status, broken.body.message], [400, 'The multipart body cannot be read.'])
  assert.equal(await piecesIn(db), 0)
})

test('a visitor of a chat sees and fetches the files of an answer, nobody else and none of a note', async (t) => {
  const started = await startApp(t)
  const { app, inbox } = started
  const { visitor, channel } = await startChat(started, inbox)
  const [ann, bob] = [await visitor(), await visitor()]
  const { conversationId } = (await ann.say('Send me the manual')).body.message
  await bob.say('Hello')
  const post = async (fields: object) => {
    const [body, headers] = await withFiles({ contentText: 'Here', ...fields }, new File([large], 'manual.html'))
    return (await inbox.post(`/conversations/${conversationId}/messages`, body, headers)).body.message
  }
  const [answer, note] = [await post({}), await post({ note: 'true' })]
  assert.equal(answer.status, 'SENT')
  const [shown] = (await ann.messages()).items
  assert.deepEqual(
    [shown.id, shown.attachments],
    [answer.id, [{ number: 1, name: 'manual.html', contentType: 'application/octet-stream', size: large.length }]],
  )
  const get = (token: string, id: string, number = 1) =>
    app.inject({
      url: `/embeds/v1/chats/${channel.publishableKey}/messages/${id}/attachments/${number}`,
      headers: { origin: 'https://shop.example', authorization: `Bearer ${token}` },
    })
  const file = await get(ann.token, answer.id)
  assert.deepEqual(
    [file.statusCode, file.headers['content-type'], file.headers['access-control-allow-origin']],
    [200, 'application/octet-stream', 'https://shop.example'],
  )
  assert.match(String(file.headers['content-disposition']), /^attachment; /)
  assert.ok(file.rawPayload.equals(large))
  for (const [token, id, number, code] of [
    [bob.token, answer.id, 1, 'message_not_found'],
    [ann.token, note.id, 1, 'message_not_found'],
    [ann.token, answer.id, 2, 'attachment_not_found'],
    ['', answer.id, 1, 'invalid_visitor_token'],
  ] as const)
    assert.equal((await get(token, id, number)).json().code, code)
})
