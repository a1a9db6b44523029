import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from '../../server/db/sql.ts'
import { withoutBrowser } from '../browser.ts'
import { makeConversation } from '../make.ts'
import { startPage, violationsOn } from '../page.ts'

const skip = withoutBrowser()

test('the page shows why a reply waits, as it happens, and that it left', { skip }, async (t) => {
  const { inbox, db, agent, address, world, channel } = await startPage(t)
  const { page, complaints } = await agent('Ada')
  await inbox.patch(`/channels/${channel.id}`, { smtpUrl: 'smtp://127.0.0.1:1' })
  const { id } = await makeConversation(inbox, { email: 'jane@example.org', subject: 'Hello' })
  await page.goto(`${address}/inbox/open/${id}`)
  await page.getByLabel('Reply to jane').fill('Hello Jane')
  await page.keyboard.press('Control+Enter')
  const message = page.getByRole('article').filter({ hasText: 'Hello Jane' })
  await message.getByText('Not sent yet: The mail server could not be reached.').waitFor()
  await message.getByText(/Sending, next try at \d/).waitFor()
  if (process.env['PICTURE']) await page.screenshot({ path: process.env['PICTURE'] })
  assert.deepEqual(await violationsOn(page), [])
  await inbox.patch(`/channels/${channel.id}`, { smtpUrl: world.url })
  await sleep(500)
  await db.run(sql`update jobs set due_at = '2026-01-01T00:00:00.000Z' where kind = 'send-mail'`)
  await message.getByText('Sent', { exact: true }).waitFor()
  await message.getByText('Not sent yet').waitFor({ state: 'detached' })
  assert.deepEqual(complaints(), [])
})

test('an admin sees at once, and when asked, whether a channel can send', { skip }, async (t) => {
  const { agent } = await startPage(t)
  const { page, go, complaints } = await agent('Ada')
  await go('/settings/channels', 'Channels')
  await page.getByRole('button', { name: 'Test Help, Inc.' }).click()
  await page.getByText('Mail can be sent. The mail server answers.').waitFor()
  await page.getByRole('button', { name: 'Add a channel' }).click()
  await page.getByLabel('Name').fill('Sales')
  await page.getByRole('textbox', { name: 'Address' }).fill('sales@example.com')
  await page.getByLabel('SMTP server').fill('smtp://ada:secret@nowhere.invalid')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  const said = page.getByText('Mail cannot be sent now. The host of the mail server was not found')
  await said.waitFor()
  await page.getByRole('button', { name: 'Test Sales' }).click()
  await said.waitFor()
  if (process.env['PICTURE']) await page.screenshot({ path: process.env['PICTURE'] })
  assert.deepEqual(await violationsOn(page), [])
  assert.deepEqual(complaints(), [])
})
