import assert from 'node:assert/strict'
import test from 'node:test'
import { startApp } from '../../test/app.ts'
import { startChat } from '../../test/chat.ts'
import { makeConversation } from '../../test/make.ts'
import { opaqueNumbers } from '../http/opaque.ts'

test('no cursor tells a number that workspaces count together', async (t) => {
  const started = await startApp(t)
  const { inbox } = started
  const make = (name: string) =>
    makeConversation(inbox, { email: `${name}@example.com`, subject: 'Apples', text: 'Apples' })
  await make('one')
  const { id } = await make('two')
  await inbox.post(`/conversations/${id}/messages`, { contentText: 'More apples' })
  const ann = await (await startChat(started, inbox)).visitor()
  for (const text of ['One', 'Two', 'Three']) await ann.say(text)
  const cursors: string[] = [(await ann.messages('?limit=1')).cursor]
  for (const path of [
    `/conversations/${id}/messages?`,
    `/conversations/${id}/messages?order=desc&`,
    '/search?q=example&type=contacts&',
    '/search?q=apples&type=conversations&',
    '/search?q=apples&type=messages&',
    '/customers?',
    '/conversations?',
  ])
    cursors.push(/"cursor":"([^"]+)"/.exec((await inbox.get(`${path}limit=1`)).text)![1]!)
  for (const cursor of cursors) {
    // behind nine bytes of checksum
    const anchor: unknown[] = JSON.parse(Buffer.from(cursor, 'base64url').subarray(9).toString())
    // whether a contact is the exact one, a time, an id, or a hidden number
    for (const part of anchor)
      assert.match(String(part), /^([01]|\d{4}-\d\d-\d\dT[\d:.]+Z|(ctc|thd)_\w{24}|[\w-]{22})$/, cursor)
  }
})

test('what hides a number is of one workspace, and the same in every process', async (t) => {
  const { db } = await startApp(t)
  const [ours, again, theirs] = await Promise.all([
    opaqueNumbers(db)('wrk_1'),
    opaqueNumbers(db)('wrk_1'),
    opaqueNumbers(db)('wrk_2'),
  ])
  for (const number of [0, 1, 2, 4711, -1024, Number.MAX_SAFE_INTEGER]) {
    const text = ours.hide(number)
    assert.equal(again.find(text), number)
    assert.equal(theirs.find(text), undefined)
    for (const odd of ['', '1', text.slice(1), `${text}A`, `${text}=`, `A${text}`])
      assert.equal(ours.find(odd), undefined)
  }
  // neighbours share nothing but chance
  const [one, two] = [ours.hide(1), ours.hide(2)].map((text) => Buffer.from(text, 'base64url'))
  const equal = one!.filter((byte, i) => byte === two![i]).length
  assert.ok(equal < 6)
})
