import assert from 'node:assert/strict'
import test from 'node:test'
import { bounce } from '../bounce.ts'
import { withoutBrowser } from '../browser.ts'
import { startPage } from '../page.ts'

test('words and files of a report are shown as somebody else’s', { skip: withoutBrowser() }, async (t) => {
  const { inbox, world, send, agent, address } = await startPage(t)
  const { body } = await inbox.post('/conversations', { email: 'jane@example.org', subject: 'x', contentText: 'Hi' })
  const sent = await world.nth(1)
  const raw = bounce({ about: '<x@y>', text: 'Sign in: https://evil.example/login' })
    .toString()
    .replace('--b\r\n', '--b\r\nContent-Type: image/png; name=login.png\r\n\r\nx\r\n--b\r\n')
  await send(Buffer.from(raw), sent.envelope.from)
  const { page, complaints } = await agent('Ada')
  await page.goto(`${address}/inbox/open/${body.conversation.id}`)
  const note = page.getByRole('article', { name: 'Internal note of support-inbox' })
  await note.getByText('A mail server reports that the mail could not be delivered (status 5.1.1).').waitFor()
  await note.getByText('Quoted from outside').click()
  assert.equal(await note.getByText('https://evil.example/login').isVisible(), true)
  await note.getByText('Files from outside:').waitFor()
  assert.deepEqual(await note.locator('a[href*="evil"], img').all(), [])
  assert.deepEqual(complaints(), [])
})
