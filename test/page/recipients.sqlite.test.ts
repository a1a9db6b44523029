import assert from 'node:assert/strict'
import test from 'node:test'
import { withoutBrowser } from '../browser.ts'
import { eventually } from '../eventually.ts'
import { mail, makeContact } from '../make.ts'
import { startPage, violationsOn } from '../page.ts'

const skip = withoutBrowser()

const letter = (headers: Record<string, string>) =>
  mail({ From: 'Jane <jane@acme.example>', Subject: 'Order', 'Message-ID': '<one@x>', ...headers })
const everybody = { To: 'help@example.com, Bob Builder <bob@acme.example>', Cc: 'carol@other.example' }

test('a message shows whom it went to, and a reply whom it goes to', { skip }, async (t) => {
  const { agent, send, conversations, world } = await startPage(t)
  await send(letter(everybody))
  const [{ id }] = await conversations()
  const ada = await agent('Ada')
  await ada.go(`/inbox/open/${id}`, 'Order')
  const { page } = ada
  const message = page.getByRole('article').first()
  assert.match(await message.innerText(), /To help@example\.com, Bob Builder\s+Cc carol@other\.example/)
  const line = page.getByRole('button', { name: /^To Jane/ })
  assert.match(await line.innerText(), /To Jane\s*Cc Bob Builder, carol@other\.example/)
  assert.deepEqual(await violationsOn(page), [])
  await page.getByLabel('Reply to Jane').fill('Hello all')
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  const { envelope } = await world.nth(1)
  assert.deepEqual(envelope.to, ['jane@acme.example', 'bob@acme.example', 'carol@other.example'])
  await page.getByRole('article').nth(1).getByText('carol@other.example').waitFor()
  assert.deepEqual(ada.complaints(), [])
})

test('an agent takes people off a reply, and adds others', { skip }, async (t) => {
  const { agent, inbox, send, conversations, world } = await startPage(t)
  await makeContact(inbox, { email: 'dave@supplier.example', name: 'Dave Supplier' })
  await send(letter(everybody))
  const [{ id }] = await conversations()
  const ada = await agent('Ada')
  await ada.go(`/inbox/open/${id}`, 'Order')
  const { page } = ada
  await page.getByRole('button', { name: /^To Jane/ }).click()
  await page.getByRole('button', { name: 'Remove bob@acme.example from Cc' }).click()
  const cc = page.getByRole('combobox', { name: 'Add to Cc' })
  await cc.fill('supplier')
  await page.getByRole('option', { name: /Dave Supplier/ }).waitFor()
  assert.deepEqual(await violationsOn(page), [])
  await cc.press('ArrowDown')
  await cc.press('Enter')
  await page.getByRole('combobox', { name: 'Add to Bcc' }).fill('boss@example.org,')
  await page.getByRole('combobox', { name: 'Add to Bcc' }).press('Enter')
  await page.getByLabel('Reply to Jane').fill('For some')
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  const { envelope } = await world.nth(1)
  assert.deepEqual(envelope.to, [
    'jane@acme.example',
    'carol@other.example',
    'dave@supplier.example',
    'boss@example.org',
  ])
  // removed for the conversation
  await eventually(async () => {
    const { recipients } = (await inbox.get(`/conversations/${id}`)).body.conversation
    assert.deepEqual(
      recipients.cc.map(({ email }: any) => email),
      ['carol@other.example'],
    )
  })
  await page.getByRole('button', { name: /^To Jane\s*Cc carol/ }).waitFor()
  assert.deepEqual(ada.complaints(), [])
})

test("a participant's message stands under their own name", { skip }, async (t) => {
  const { agent, send, conversations } = await startPage(t)
  await send(letter(everybody))
  const [{ id }] = await conversations()
  await send(
    letter({
      From: 'Bob Builder <bob@acme.example>',
      To: 'help@example.com',
      'Message-ID': '<two@x>',
      'In-Reply-To': '<one@x>',
    }),
  )
  const { page, go } = await agent('Ada')
  await go(`/inbox/open/${id}`, 'Order')
  await page.getByRole('article', { name: 'Message of Bob Builder' }).waitFor()
  await page.getByRole('article', { name: 'Message of Jane' }).waitFor()
  await page.getByRole('button', { name: /^To Bob Builder/ }).waitFor()
})
