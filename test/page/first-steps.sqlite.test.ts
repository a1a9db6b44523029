import assert from 'node:assert/strict'
import test from 'node:test'
import { inviteFirstAdmin } from '../../server/welcome.ts'
import { withoutBrowser } from '../browser.ts'
import { mail } from '../make.ts'
import { startPage, violationsOn } from '../page.ts'
import { deliver } from '../smtp.ts'

const skip = withoutBrowser()

test('the first sign-in ends in a checklist that goes when it is done', { skip }, async (t) => {
  const { db, newInbox, address, browser, smtpPort } = await startPage(t)
  const inbox = await newInbox('Flower shop')
  const { token } = await db.transaction((tx) => inviteFirstAdmin(tx, inbox.workspaceId))
  const page = await (await browser.newContext({ locale: 'en' })).newPage()
  await page.goto(`${address}/invitation/${token}`)
  await page.getByLabel('Your name').fill('Ada')
  await page.getByLabel('Email').fill('ada@flowers.example')
  await page.getByLabel('Password').fill('short')
  await page.keyboard.press('Enter')
  await page.getByText('Password must have at least 12 characters.').waitFor()
  await page.getByLabel('Password').fill('correct horse battery')
  await page.keyboard.press('Enter')
  const list = page.getByRole('region', { name: 'First steps' })
  const step = (text: string) => list.getByRole('listitem').filter({ hasText: text })
  await step('Add a channel: to do').waitFor()
  assert.equal(await page.getByText('All done').count(), 0)
  assert.deepEqual(await violationsOn(page), [])
  await step('Add a channel').getByRole('link').click()
  await page.getByRole('button', { name: 'Add a channel' }).click()
  await page.getByLabel('Name').fill('Flowers')
  await page.getByRole('textbox', { name: 'Address' }).fill('help@flowers.example')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.getByRole('link', { name: /^Open/ }).click()
  await step('Add a channel: done').waitFor()
  await step('Write to help@flowers.example').waitFor()
  await deliver({ port: smtpPort, to: 'help@flowers.example', raw: mail({ From: 'me@example.org', Subject: 'Test' }) })
  await step('Send a test mail: done').waitFor()
  await inbox.post('/agents', { name: 'Bo', email: 'bo@flowers.example' })
  await inbox.post('/imports?name=old.csv', 'email\nx@example.org\n')
  await page.reload()
  await page.getByText('No conversation is open').waitFor()
  await page.reload()
  await page.getByText('No conversation is open').waitFor()
  assert.equal(await list.count(), 0)
})

test('the checklist is for admins, fits a phone, and can be dismissed', { skip }, async (t) => {
  const { agent, address } = await startPage(t)
  const { page } = await agent('Ada', { viewport: { width: 390, height: 780 } })
  const bo = await agent('Bo', { role: 'AGENT' })
  await bo.page.getByText('Nobody has written yet').waitFor()
  assert.equal(await bo.page.getByRole('region', { name: 'First steps' }).count(), 0)
  await page.getByRole('region', { name: 'First steps' }).waitFor()
  assert.deepEqual(await violationsOn(page), [])
  await page.getByRole('button', { name: 'Do not show this again' }).click()
  await page.getByText('Nobody has written yet').waitFor()
  await page.goto(`${address}/inbox/open`)
  await page.getByText('Nobody has written yet').waitFor()
})

test('the workspace is renamed, on every open page', { skip }, async (t) => {
  const { agent } = await startPage(t)
  const [ada, bo] = [await agent('Ada'), await agent('Bo', { role: 'AGENT' })]
  await ada.go('/settings/workspace', 'Workspace')
  await ada.page.getByLabel('Name').fill('Flower shop')
  await ada.page.getByRole('button', { name: 'Save' }).click()
  for (const { page } of [ada, bo])
    await page.getByRole('navigation', { name: 'Main' }).getByText('Flower shop').waitFor()
})
