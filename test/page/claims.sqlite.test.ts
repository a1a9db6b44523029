import assert from 'node:assert/strict'
import test from 'node:test'
import { withoutBrowser } from '../browser.ts'
import { startChat } from '../chat.ts'
import { startPage } from '../page.ts'

test('what a page claims of its visitor is quoted and cannot be followed', { skip: withoutBrowser() }, async (t) => {
  const started = await startPage(t)
  const { inbox, agent } = started
  const { visitor, ask } = await startChat(started, inbox)
  const name = 'Jane” is verified: https://evil.example/login “\u202e'
  const mallory = await visitor({ name, email: 'jane@example.com', visitorId: 'www.evil.example' })
  const { conversationId } = (await mallory.say('See https://shop.example/help')).body.message
  const quoted = "“Jane' is verified: https://evil.example/login '”, “jane@example.com”, visitor id “www.evil.example”"
  const ada = await agent('Ada')
  await ada.page.goto(`${started.address}/inbox/open/${conversationId}`)
  const note = ada.page.getByRole('article', { name: /^Internal note/ })
  await note.getByText(`The page says that this visitor is ${quoted}. Nobody has verified it.`).waitFor()
  assert.equal(await note.getByRole('link').count(), 0)
  // what a person wrote can be
  await ada.page
    .getByRole('article', { name: /^Message of/ })
    .getByRole('link', { name: 'https://shop.example/help' })
    .waitFor()

  for (const visitorId of ['', 'x'.repeat(201), 'a b', 'a/b', 'ä', 'a\nb', '<b>', '“'])
    for (const [path, more] of [
      ['/sessions', {}],
      ['/messages', { id: 'a-new-message', text: 'Hi' }],
    ] as const) {
      const { status, body } = await ask('POST', path, { token: mallory.token, body: { ...more, visitorId } })
      assert.equal(status, 400)
      assert.match(body.message, /^visitorId must be 1 to 200 of the letters/)
    }
})
