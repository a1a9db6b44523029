import assert from 'node:assert/strict'
import test from 'node:test'
import { startApp, type Inbox } from '../../test/app.ts'
import { sql } from '../db/sql.ts'
import { limits } from '../limits.ts'
import { forgetOldFiles } from './uploaded-files.ts'

type Started = Awaited<ReturnType<typeof startApp>>

const upload = (inbox: Inbox, name: string, content: Buffer | string, headers = {}) =>
  inbox.post(`/files?name=${name}`, Buffer.from(content), { 'content-type': 'application/pdf', ...headers })

const conversationOf = async (inbox: Inbox) =>
  (await inbox.post('/conversations', { email: 'jane@example.com', subject: 'Order', contentText: 'Hi' })).body
    .conversation.id as string

const piecesOf = async ({ db }: Started) =>
  (await db.one<{ count: number }>(sql`select count(*) as count from mail_pieces`))!.count

test('a file that was uploaded leaves with the message that names it', async (t) => {
  const started = await startApp(t)
  const { inbox } = started
  const id = await conversationOf(inbox)
  for (const content of ['%PDF small', Buffer.alloc(700_000, 'large')]) {
    const { status, body } = await upload(inbox, 'invoice.pdf', content)
    assert.deepEqual([status, body.file.name, body.file.contentType], [201, 'invoice.pdf', 'application/pdf'])
    const sent = await inbox.post(`/conversations/${id}/messages`, {
      contentText: 'Here it is',
      attachmentIds: [body.file.id],
    })
    assert.equal(sent.status, 201, sent.text)
    const [attachment] = sent.body.message.attachments
    assert.deepEqual(attachment, {
      number: 1,
      name: 'invoice.pdf',
      contentType: 'application/pdf',
      size: content.length,
    })
    const fetched = await inbox.get(`/conversations/${id}/messages/${sent.body.message.id}/attachments/1`)
    assert.equal(fetched.text, String(content))
    assert.equal((await inbox.delete(`/files/${body.file.id}`)).status, 404)
  }
})

test('a file belongs to one message, and a refused message leaves it', async (t) => {
  const { inbox } = await startApp(t)
  const id = await conversationOf(inbox)
  const fileId = (await upload(inbox, 'a.pdf', 'a')).body.file.id
  const reply = { contentText: 'Here', attachmentIds: [fileId] }
  assert.equal((await inbox.post('/conversations/thd_none/messages', reply)).status, 404)
  const answers = await Promise.all([1, 2, 3].map(() => inbox.post(`/conversations/${id}/messages`, reply)))
  assert.deepEqual(
    [201, 404].map((status) => answers.filter((each) => each.status === status).length),
    [1, 2],
  )
  assert.equal(answers.find(({ status }) => status === 404)!.body.code, 'file_not_found')
})

test('a retry of a message with a file is given the first answer', async (t) => {
  const { inbox } = await startApp(t)
  const id = await conversationOf(inbox)
  const again = { 'idempotency-key': 'upload-1' }
  const [first, second] = [await upload(inbox, 'a.pdf', 'a', again), await upload(inbox, 'a.pdf', 'a', again)]
  assert.equal(first.text, second.text)
  assert.equal((await upload(inbox, 'a.pdf', 'b', again)).status, 422)
  const reply = { contentText: 'Here', attachmentIds: [first.body.file.id] }
  const send = () => inbox.post(`/conversations/${id}/messages`, reply, { 'idempotency-key': 'reply-1' })
  const sent = await send()
  assert.equal(sent.status, 201)
  assert.equal((await send()).text, sent.text)
})

test('a file that no message takes is deleted after a day', async (t) => {
  const started = await startApp(t)
  const { inbox, db } = started
  const id = await conversationOf(inbox)
  const old = (await upload(inbox, 'old.pdf', Buffer.alloc(700_000))).body.file.id
  const young = (await upload(inbox, 'young.pdf', 'young')).body.file.id
  const before = new Date(Date.now() - limits.fileLifetime - 1000).toISOString()
  await db.run(sql`update uploaded_files set created_at = ${before} where id = ${old}`)
  await forgetOldFiles(db)
  assert.equal(await piecesOf(started), 1)
  const reply = (attachmentIds: string[]) =>
    inbox.post(`/conversations/${id}/messages`, { contentText: 'Here', attachmentIds })
  assert.equal((await reply([old])).status, 404)
  assert.equal((await reply([young])).status, 201)
})

test('what a file takes is refused by name, and nothing of it is kept', async (t) => {
  const started = await startApp(t)
  const { inbox } = started
  for (const [path, body, sentence] of [
    ['/files', 'x', 'name is required.'],
    ['/files?name=a', '', 'The body is empty.'],
    ['/files?name=a&contentType=x', 'x', 'contentType must be a media type such as application/pdf.'],
    ['/files?name=a%0Ab', 'x', 'name must be one line of 1 to 255 characters, not all of them blank.'],
  ] as const) {
    const { status, body: answer } = await inbox.post(path, Buffer.from(body), { 'content-type': 'text/plain' })
    assert.deepEqual([status, answer.message], [400, sentence])
  }
  const { status } = await upload(inbox, 'a.pdf', Buffer.alloc(limits.uploadBytes + 1))
  assert.equal(status, 413)
  assert.equal(await piecesOf(started), 0)
  const id = await conversationOf(inbox)
  const many = Array.from({ length: limits.uploadFiles + 1 }, (_, i) => `fil_${i}`)
  for (const attachmentIds of [many, ['fil_1', 'fil_1']])
    assert.equal(
      (await inbox.post(`/conversations/${id}/messages`, { contentText: 'Here', attachmentIds })).body.message,
      'attachmentIds must hold at most 10 ids of uploaded files, each once.',
    )
})

test('the files of a key and of a workspace have a quota', async (t) => {
  const { inbox, db } = await startApp(t)
  const other = await inbox.as({ scope: 'api_user' })
  const { body } = await upload(inbox, 'a.pdf', 'a')
  const fill = (size: number) => db.run(sql`update uploaded_files set size = ${size} where id = ${body.file.id}`)
  await fill(limits.fileBytesOfCaller)
  assert.deepEqual((await upload(inbox, 'b.pdf', 'b')).body.code, 'too_many_files')
  assert.equal((await upload(other, 'b.pdf', 'b')).status, 201)
  await fill(limits.fileBytesOfWorkspace)
  assert.equal((await upload(other, 'c.pdf', 'c')).status, 409)
  assert.equal((await inbox.delete(`/files/${body.file.id}`)).status, 204)
  const last = await upload(inbox, 'd.pdf', 'd')
  assert.equal(last.status, 201, last.text)
})

test('a file is what its parameter or its header says, whatever that is', async (t) => {
  const { inbox } = await startApp(t)
  for (const [query, header, wanted] of [
    ['', 'application/octet-stream', 'application/octet-stream'],
    ['&contentType=text/plain', 'application/octet-stream', 'text/plain'],
    ['', 'application/json', 'application/json'],
    ['', 'text/csv; charset=utf-8', 'text/csv'],
  ]) {
    const { body } = await inbox.post(`/files?name=a${query}`, Buffer.from('{"a":1}'), { 'content-type': header! })
    assert.deepEqual([body.file.contentType, body.file.size], [wanted, 7])
  }
})
