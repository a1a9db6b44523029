import assert from 'node:assert/strict'
import test from 'node:test'
import { withoutBrowser } from '../browser.ts'
import { mail } from '../make.ts'
import { startPage, violationsOn } from '../page.ts'

const skip = withoutBrowser()

test('the composer names a Reply-To in another domain before the answer', { skip }, async (t) => {
  const { agent, send, conversations, world } = await startPage(t)
  const from = (headers: Record<string, string>) =>
    mail({ From: 'Jane <jane@example.org>', To: 'help@example.com', Subject: 'Order', ...headers })
  await send(from({ 'Message-ID': '<one@x>', 'Reply-To': 'jane@mail.example.org' }))
  const [{ id }] = await conversations()
  const ada = await agent('Ada')
  const { page } = ada
  await ada.go(`/inbox/open/${id}`, 'Order')
  const notice = page.getByRole('note')
  await notice.getByText('jane@mail.example.org').waitFor()
  assert.match(await notice.innerText(), /another domain.*goes to jane@mail\.example\.org, not to jane@example\.org\./)
  assert.deepEqual(await violationsOn(page), [])

  // while the conversation is open
  await send(from({ 'Message-ID': '<two@x>', 'In-Reply-To': '<one@x>', 'Reply-To': 'eve@evil.example' }))
  await notice.getByText('eve@evil.example').waitFor()
  await page.getByRole('article').nth(1).waitFor()
  await page.getByRole('button', { name: 'Internal note' }).click()
  await notice.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Reply', exact: true }).click()
  await page.getByLabel('Reply to Jane').fill('Hello')
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  assert.deepEqual((await world.nth(1)).envelope.to, ['eve@evil.example'])

  // an address in the same domain, and the contact's own
  await send(from({ 'Message-ID': '<three@x>', 'In-Reply-To': '<one@x>', 'Reply-To': 'orders@example.org' }))
  await page.getByText('By mail to orders@example.org').waitFor()
  assert.equal(await notice.count(), 0)
  assert.deepEqual(ada.complaints(), [])
})

test('a message shows a From that differs, and what claims to be ours', { skip }, async (t) => {
  const { agent, send, conversations } = await startPage(t)
  const headers = { From: 'Shop <noreply@shop.example>', 'Reply-To': 'jane@example.org', Subject: 'Order' }
  await send(mail({ ...headers, 'Message-ID': '<one@x>' }))
  const [{ id }] = await conversations()
  const ada = await agent('Ada')
  await ada.go(`/inbox/open/${id}`, 'Order')
  await ada.page.getByText('“Shop” <noreply@shop.example>').waitFor()
  await send(
    mail({ From: 'help@example.com', To: 'jane@example.org', 'Message-ID': '<two@x>', 'In-Reply-To': '<one@x>' }),
  )
  await ada.page.getByText('This mail claims to be from your team. Nothing proves that.').waitFor()
  assert.deepEqual(await violationsOn(ada.page), [])
  assert.deepEqual(ada.complaints(), [])
})

test('plus addresses are turned off in the settings of a channel', { skip }, async (t) => {
  const { agent, inbox, channel } = await startPage(t)
  const ada = await agent('Ada')
  await ada.go('/settings/channels', 'Channels')
  const box = ada.page.getByLabel(/^Answers go to an address for each conversation/)
  assert.equal(await box.isChecked(), true)
  await box.click()
  while ((await inbox.get(`/channels/${channel.id}`)).body.channel.plusAddresses) await ada.page.waitForTimeout(50)
  assert.deepEqual(await violationsOn(ada.page), [])
})
