import assert from 'node:assert/strict'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { withoutBrowser } from '../browser.ts'
import { makeConversation } from '../make.ts'
import { pick, startPage, violationsOn } from '../page.ts'

const skip = withoutBrowser()

const save = async (page: Page) => {
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}

test('a mail channel is edited, and its replies come from the team alone', { skip }, async (t) => {
  const { inbox, world, agent, channel } = await startPage(t)
  const ada = await agent('Ada')
  const { page, go } = ada
  await go('/settings/channels', 'Channels')
  await page.getByRole('button', { name: 'Edit Help, Inc.' }).click()
  assert.deepEqual(await violationsOn(page), [])
  await page.getByLabel('Name').fill('Flower shop')
  await page.getByLabel('Replies come from').getByText('Ada at Flower shop').waitFor()
  await pick(page, 'Replies come from', 'the team alone: Flower shop')
  await save(page)
  await page.getByText('Flower shop').waitFor()
  const { body } = await inbox.get(`/channels/${channel.id}`)
  assert.deepEqual([body.channel.name, body.channel.senderName, body.channel.smtpUrl], ['Flower shop', 'TEAM', null])
  await makeConversation(ada, { email: 'jane@example.com' })
  assert.deepEqual((await world.nth(1)).from, { name: 'Flower shop', address: 'help@example.com' })
})

test('what the server refuses is said in the words of the page, at its field', { skip }, async (t) => {
  const { agent } = await startPage(t)
  const { page, go, complaints } = await agent('Ada')
  await go('/settings/channels', 'Channels')
  await page.getByRole('button', { name: 'Add a channel' }).click()
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByText('Name is needed.').waitFor()
  await page.getByText('Address is needed.').waitFor()
  assert.equal(await page.evaluate('document.activeElement.name'), 'name')
  assert.deepEqual(await violationsOn(page), [])
  await page.getByLabel('Name').fill('Help')
  await page.getByRole('textbox', { name: 'Address' }).fill('sales@example.com')
  await page.getByLabel('SMTP server').fill('mail.example.com')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  const alert = page.getByRole('alert')
  await alert.getByText('SMTP server must be a URL like smtp://').waitFor()
  assert.doesNotMatch(await page.getByRole('dialog').innerText(), /smtpUrl/)
  assert.equal(await page.getByLabel('SMTP server').getAttribute('aria-invalid'), 'true')
  assert.equal(await page.evaluate('document.activeElement.name'), 'smtpUrl')
  await page.getByLabel('SMTP server').fill('smtp://ada:@mail.example.com')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await alert.getByText(/^SMTP server/).waitFor()
  await page.getByRole('textbox', { name: 'Address' }).fill('nobody')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await alert.getByText('Invalid email address format.').waitFor()
  assert.equal(await page.evaluate('document.activeElement.name'), 'email')
  assert.deepEqual(complaints(/status of 400/), [])
})

test('a chat gets its greeting, color and side, with a preview', { skip }, async (t) => {
  const { inbox, agent } = await startPage(t)
  const { page, go } = await agent('Ada')
  const { body } = await inbox.post('/channels', { kind: 'CHAT', name: 'Site', allowedOrigins: ['https://a.example'] })
  await go('/settings/channels', 'Channels')
  await page.getByRole('button', { name: 'Edit Site' }).click()
  await page.getByLabel('Your pages').fill('https://a.example https://b.example')
  await page.getByLabel('Greeting').fill('Ask us about plants')
  await page.getByLabel('Color').fill('#7a2e8f')
  await pick(page, 'Position', 'on the left')
  await page.getByRole('figure').getByText('Ask us about plants').waitFor()
  assert.equal(
    await page.getByText('Chat with us').evaluate((title) => (title as any).style.background),
    'rgb(122, 46, 143)',
  )
  assert.deepEqual(await violationsOn(page), [])
  await save(page)
  const { greeting, color, position, allowedOrigins } = (await inbox.get(`/channels/${body.channel.id}`)).body.channel
  assert.deepEqual(
    { greeting, color, position, allowedOrigins },
    {
      greeting: 'Ask us about plants',
      color: '#7a2e8f',
      position: 'LEFT',
      allowedOrigins: ['https://a.example', 'https://b.example'],
    },
  )
})

test('a form gets fields and a thank-you page, and keeps the names it has', { skip }, async (t) => {
  const { inbox, agent, address, ask } = await startPage(t)
  const { page, go } = await agent('Ada')
  const fields = [{ name: 'orderNumber', label: 'Order number' }]
  const { body } = await inbox.post('/channels', { kind: 'FORM', name: 'Contact us', fields })
  await go('/settings/channels', 'Channels')
  await page.getByRole('button', { name: 'Edit Contact us' }).click()
  await page.getByLabel('Label of field 1').fill('Number of your order')
  for (const [i, label] of ['Größe', 'رقم', 'E-mail', 'message'].entries()) {
    await page.getByRole('button', { name: 'Add a field' }).click()
    await page.getByLabel(`Label of field ${i + 2}`).fill(label)
  }
  await page.getByLabel('Required Größe').check()
  await page.getByRole('figure').getByText('Größe', { exact: true }).waitFor()
  await page.getByLabel('Thank-you page').fill('https://shop.example/thanks')
  assert.deepEqual(await violationsOn(page), [])
  await save(page)
  const { channel } = (await inbox.get(`/channels/${body.channel.id}`)).body
  assert.deepEqual(channel.fields, [
    { name: 'orderNumber', label: 'Number of your order', required: false },
    { name: 'grosse', label: 'Größe', required: true },
    { name: 'field', label: 'رقم', required: false },
    { name: 'eMail', label: 'E-mail', required: false },
    { name: 'message2', label: 'message', required: false },
  ])
  assert.equal(channel.returnTo, 'https://shop.example/thanks')
  assert.match((await ask('GET', `/forms/${channel.id}`)).text, /Größe/)
  await page.goto(`${address}/settings/channels`)
  await page.getByRole('button', { name: 'Edit Contact us' }).click()
  await page.getByRole('button', { name: 'Remove Größe' }).click()
  await save(page)
  assert.equal((await inbox.get(`/channels/${channel.id}`)).body.channel.fields.length, 4)
})

test('closing says what happens and that there is no way back', { skip }, async (t) => {
  const { inbox, agent } = await startPage(t)
  const { page, go } = await agent('Ada')
  await inbox.post('/channels', { kind: 'FORM', name: 'Contact us' })
  await inbox.post('/channels', { kind: 'CHAT', name: 'Site', allowedOrigins: ['*'] })
  await go('/settings/channels', 'Channels')
  for (const [name, text] of [
    ['Help, Inc.', /Mail to help@example\.com is refused.*stay.*cannot be undone/],
    ['Contact us', /link.*stop working.*stay.*cannot be undone/],
    ['Site', /disappears.*stay.*cannot be undone/],
  ] as const) {
    await page.getByRole('button', { name: `Close ${name}` }).click()
    await page.getByRole('dialog').getByText(text).waitFor()
    await page.getByRole('button', { name: 'Close it' }).click()
    await page.getByLabel(`Close ${name}`, { exact: true }).waitFor({ state: 'detached' })
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  }
})
