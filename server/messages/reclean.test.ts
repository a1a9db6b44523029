import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startMail } from '../../test/smtp.ts'
import { sql } from '../db/sql.ts'

const html = '<p style="color:red">Hello</p><img src="cid:logo">'
const file = (name: string, id: string) =>
  `Content-Type: image/png; name=${name}\r\nContent-Disposition: attachment; filename=${name}\r\nContent-ID: <${id}>\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw==\r\n`
const raw = Buffer.from(
  [
    'From: Jane <jane@example.org>\r\nTo: help@example.com\r\nSubject: Styled\r\nMessage-ID: <styled@example.org>\r\nMIME-Version: 1.0',
    'Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n',
    `${html}\r\n--b\r\n${file('other.png', 'other')}--b\r\n${file('logo.png', 'logo')}--b--\r\n`,
  ].join('\r\n'),
)

const styled = '<p style="color:red">Hello</p><img src="attachment:2" />'

/** A mail that an older version has stored: without its styles. */
const startOld = async (t: TestContext, stored = '<p>Hello</p>') => {
  const started = await startMail(t)
  await started.send(raw)
  const [{ id }] = await started.conversations()
  const { db } = started
  const age = () => db.run(sql`update messages set content_html = ${stored}, html_version = 0`)
  await age()
  const list = async () => (await started.messagesOf(id))[0]
  const one = async () => {
    const { id: messageId } = (await db.one<{ id: string }>(sql`select id from messages`))!
    return (await started.inbox.get(`/conversations/${id}/messages/${messageId}`)).body.message
  }
  /** On a busy machine the first answer does not wait for it. */
  const htmlOnce = async (read = list, wanted = styled) => {
    for (;;) {
      const { contentHtml } = await read()
      if (contentHtml === wanted) return
      assert.equal(contentHtml, stored)
      await sleep(50)
    }
  }
  return { ...started, id, age, list, one, htmlOnce }
}

test('a stored mail gets its styles when it is opened', async (t) => {
  const { db, age, one, htmlOnce } = await startOld(t)
  await htmlOnce()
  await age()
  await htmlOnce(one)
  const stored = await db.one<{ html: string }>(sql`select content_html as html from messages`)
  assert.equal(stored!.html, styled)
})

test('a mail is cleaned again once', async (t) => {
  const { db, list, htmlOnce } = await startOld(t)
  await htmlOnce()
  await db.run(sql`update messages set content_html = 'as it is'`)
  assert.equal((await list()).contentHtml, 'as it is')
})

test('images of a stored mail stay those of its stored files', async (t) => {
  const { db, list, htmlOnce } = await startOld(t)
  await db.run(sql`update attachments set number = number + 10`)
  await htmlOnce(list, styled.replace(':2', ':12'))
})

test('a mail that cannot be read again stays as it was', async (t) => {
  const { db, list } = await startOld(t)
  await db.run(sql`update mail_pieces set bytes = ${Buffer.from('X: '.padEnd(120_000, `${'y'.repeat(60)}\n `))}`)
  assert.equal((await list()).contentHtml, '<p>Hello</p>')
  await db.run(sql`delete from mail_pieces`)
  assert.equal((await list()).contentHtml, '<p>Hello</p>')
})

test('nothing comes back of a mail whose text is being erased', async (t) => {
  const { db, list } = await startOld(t)
  await db.run(sql`update messages set content_html = null`)
  assert.equal((await list()).contentHtml, null)
})

test('many who open a mail at once get it in its newest form', async (t) => {
  const { htmlOnce } = await startOld(t)
  await Promise.all(Array.from({ length: 8 }, () => htmlOnce()))
})
