import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { withoutBrowser } from '../browser.ts'
import { customerWrites, makeConversation } from '../make.ts'
import { startPage, violationsOn } from '../page.ts'

const skip = withoutBrowser()

/** A conversation with Jane, open on Ada's page. */
const startWithJane = async (t: TestContext, options: Parameters<typeof startPage>[1] = {}) => {
  const started = await startPage(t, options)
  const { inbox, agent, address } = started
  const { id } = await makeConversation(inbox, { email: 'jane@example.org', subject: 'Where is my order?' })
  const open = async (page: Page) => {
    await page.goto(`${address}/inbox/open/${id}`)
    await page.getByRole('heading', { name: 'Where is my order?' }).waitFor()
    await page.getByRole('article').first().waitFor()
  }
  const ada = await agent('Ada')
  await open(ada.page)
  const messages = async () =>
    (await inbox.get(`/conversations/${id}/messages?limit=100`)).body.thread.messages.items as any[]
  const conversation = async () => (await inbox.get(`/conversations/${id}`)).body.conversation
  return { ...started, id, ada, page: ada.page, open, messages, conversation }
}

const article = (page: Page, text: string) => page.getByRole('article').filter({ hasText: text })

const isInSight = async (page: Page, text: string) =>
  page.waitForFunction(
    ([pane, message]: any[]) => {
      const [outer, inner] = [pane.getBoundingClientRect(), message.getBoundingClientRect()]
      return inner.top < outer.bottom - 20 && inner.bottom > outer.top
    },
    await Promise.all([page.getByRole('log').elementHandle(), article(page, text).elementHandle()]),
  )

test('a note stays a note until the agent changes it', { skip }, async (t) => {
  const { page, ada, messages, open, world } = await startWithJane(t)
  await world.nth(1)
  const note = page.getByRole('textbox', { name: 'Internal note' })
  await page.keyboard.press('n')
  await page
    .getByRole('status')
    .filter({ hasText: 'You are writing an internal note. Only your team sees it.' })
    .waitFor()
  for (const text of ['He has asked before.', 'And once more.']) {
    await page.keyboard.type(text)
    await page.keyboard.press('Control+Enter')
    await page.getByRole('article', { name: 'Internal note of Ada' }).getByText(text).waitFor()
    assert.equal(await note.inputValue(), '')
  }
  await open(page)
  await note.waitFor()
  await page.getByRole('button', { name: 'Reply', exact: true }).click()
  await page.getByRole('status').filter({ hasText: 'You are writing a reply to jane.' }).waitFor()
  await page.keyboard.type('On its way.')
  await page.getByRole('button', { name: 'Internal note' }).click()
  assert.equal(await note.inputValue(), '')
  await page.keyboard.press('Control+Enter')
  await page.getByRole('button', { name: 'Reply', exact: true }).click()
  await page.keyboard.press('Control+Enter')
  await page.getByRole('article', { name: 'Message of Ada' }).getByText('On its way.').waitFor()
  assert.deepEqual(
    (await messages()).map(({ note, contentText }) => [note, contentText]),
    [
      [false, 'How can we help?'],
      [true, 'He has asked before.'],
      [true, 'And once more.'],
      [false, 'On its way.'],
    ],
  )
  assert.deepEqual(await violationsOn(page), [])
  assert.deepEqual(ada.complaints(), [])
})

test('what was sent is in sight, also after scrolling or a resize', { skip }, async (t) => {
  const { inbox, id, page, ada } = await startWithJane(t)
  for (let i = 0; i < 30; i += 1) await customerWrites(inbox, id, `Message ${i}`)
  await inbox.put(`/conversations/${id}/read`)
  await article(page, 'Message 29').waitFor()
  const log = page.getByRole('log')
  await log.hover()
  await page.mouse.wheel(0, 100_000)
  await isInSight(page, 'Message 29')
  const send = async (text: string) => {
    await page.getByLabel('Reply to jane').fill(text)
    await page.keyboard.press('Control+Enter')
    await isInSight(page, text)
  }
  await send('At the end')
  for (const height of [500, 900, 640]) {
    await page.setViewportSize({ width: 1280, height })
    await page.waitForTimeout(100)
    await send(`After a resize to ${height}`)
  }
  await log.hover()
  await page.mouse.wheel(0, -1000)
  await page.waitForTimeout(100)
  await send('After scrolling up')
  assert.deepEqual(ada.complaints(), [])
})

test('new messages below are announced, and unread until they were seen', { skip }, async (t) => {
  const { inbox, id, page, conversation, ada } = await startWithJane(t)
  for (let i = 0; i < 30; i += 1) await customerWrites(inbox, id, `Message ${i}`)
  await inbox.put(`/conversations/${id}/read`)
  await article(page, 'Message 29').waitFor()
  await page.getByRole('log').hover()
  await page.mouse.wheel(0, -1000)
  await page.waitForTimeout(100)
  await customerWrites(inbox, id, 'I forgot something')
  const pill = page.getByRole('button', { name: /new message/ })
  await pill.filter({ hasText: '1 new message' }).waitFor()
  await customerWrites(inbox, id, 'And this')
  await pill.filter({ hasText: '2 new messages' }).waitFor()
  await page.waitForTimeout(1600)
  assert.equal((await conversation()).isUnread, true)
  assert.deepEqual(await violationsOn(page), [])
  await pill.click()
  await isInSight(page, 'And this')
  await pill.waitFor({ state: 'detached' })
  while ((await conversation()).isUnread) await page.waitForTimeout(50)
  assert.deepEqual(ada.complaints(), [])
})

test('a server that is away moves nothing, and the reason is told', { skip }, async (t) => {
  const { inbox, address, relay, agent } = await startWithJane(t)
  await makeConversation(inbox, { email: 'omar@example.org', subject: 'Invoice' })
  const network = await relay()
  const bo = await agent('Bo', { at: network.url })
  const { page } = bo
  await page.getByRole('link').filter({ hasText: 'Where is my order?' }).click()
  await page.getByRole('article').first().waitFor()
  const url = page.url()
  network.cut()
  await page.getByText('No connection.').waitFor()
  for (const act of [
    () => page.keyboard.press('e'),
    () => page.keyboard.press('u'),
    async () => {
      await page.getByLabel('Reply to jane').fill('Here it is.')
      await page.keyboard.press('Control+Shift+Enter')
    },
  ]) {
    await act()
    await page.getByText('The server cannot be reached.').first().waitFor()
    assert.equal(page.url(), url)
    await page.getByRole('heading', { name: 'Where is my order?' }).waitFor()
    assert.equal(await page.getByRole('article').count(), 1)
  }
  network.restore()
  await page.getByText('No connection.').waitFor({ state: 'detached' })
  await page.keyboard.press('Escape')
  await page.keyboard.press('e')
  await page.getByRole('heading', { name: 'Invoice' }).waitFor()
  assert.notEqual(address, network.url)
  assert.deepEqual(bo.complaints(/net::ERR_/), [])
})

test('a failed reply is marked, listed, and sent again or written anew', { skip }, async (t) => {
  let isRefusing = true
  const refusal = { responseCode: 550, message: '5.1.1 No such user' }
  const { page, id, inbox, world, messages, conversation, ada } = await startWithJane(t, {
    verdict: () => (isRefusing ? refusal : undefined),
  })
  const failed = article(page, 'How can we help?')
  await failed.getByText('No such user').waitFor()
  const view = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Not delivered' })
  await view.filter({ hasText: '1' }).waitFor()
  await page.getByLabel('Reply to jane').fill('Here it is.')
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('a file') })
  await page.getByRole('list', { name: 'Files to send' }).getByText('a.txt').waitFor()
  await page.keyboard.press('Control+Shift+Enter')
  await page.getByText('Closed: ').first().waitFor()
  while ((await conversation()).status !== 'OPEN') await page.waitForTimeout(20)
  await view.click()
  const row = page.getByRole('region', { name: 'Conversations' }).getByRole('link').filter({ hasText: 'Not delivered' })
  await row.click()
  assert.deepEqual(await violationsOn(page), [])
  if (process.env['PICTURE']) await page.screenshot({ path: process.env['PICTURE'] })
  isRefusing = false
  await failed.getByRole('button', { name: 'Try again' }).click()
  await failed.getByText('Sent', { exact: true }).waitFor()
  assert.equal(await failed.getByRole('button', { name: 'Try again' }).count(), 0)
  await page.getByLabel('Reply to jane').fill('What I was about to write')
  const second = page.getByRole('article', { name: 'Message of Ada' })
  await second.getByRole('button', { name: 'Edit' }).click()
  assert.equal(await page.getByLabel('Reply to jane').inputValue(), 'Here it is.\n\nWhat I was about to write')
  await page.getByRole('list', { name: 'Files to send' }).getByText('a.txt').waitFor()
  await page.getByLabel('Reply to jane').fill('Here it is, again.')
  await page.keyboard.press('Control+Enter')
  await article(page, 'Here it is, again.').getByText('Sent', { exact: true }).waitFor()
  await row.waitFor({ state: 'detached' })
  const last = (await messages()).at(-1)
  assert.deepEqual(
    last.attachments.map(({ name, size }: any) => [name, size]),
    [['a.txt', 6]],
  )
  assert.equal(world.taken.length, 2)
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Open' }).click()
  await view.waitFor({ state: 'detached' })
  assert.equal((await inbox.get(`/conversations/${id}`)).body.conversation.isUndelivered, false)
  assert.deepEqual(ada.complaints(), [])
})

test('a reply is not sent past what others wrote, unless sent again', { skip }, async (t) => {
  const { page, ada, agent, open, messages, inbox, id } = await startWithJane(t)
  const bo = await agent('Bo', { role: 'AGENT' })
  await open(bo.page)
  await page.getByLabel('Reply to jane').fill('It comes tomorrow.')
  await bo.page.getByLabel('Reply to jane').fill('It was sent today.')
  await bo.page.keyboard.press('Control+Enter')
  await article(bo.page, 'It was sent today.').waitFor()
  await page.keyboard.press('Control+Enter')
  const told = page.getByRole('alert')
  await told.getByText('Bo wrote: It was sent today.').waitFor()
  assert.equal(await page.getByLabel('Reply to jane').inputValue(), 'It comes tomorrow.')
  assert.deepEqual(await violationsOn(page), [])
  if (process.env['PICTURE']) await page.screenshot({ path: process.env['PICTURE'] })
  await customerWrites(inbox, id, 'It is here.')
  await page.keyboard.press('Control+Enter')
  await told.getByText('jane wrote: It is here.').waitFor()
  assert.equal((await messages()).length, 3)
  await page.keyboard.press('Control+Enter')
  await article(page, 'It comes tomorrow.').waitFor()
  await told.waitFor({ state: 'detached' })
  // what was there before the agent began to write is known
  await page.getByLabel('Reply to jane').fill('All is well then.')
  await page.keyboard.press('Control+Enter')
  await article(page, 'All is well then.').waitFor()
  assert.deepEqual(ada.complaints(/409/), [])
})

test('a thread says that a colleague closed it or took it over', { skip }, async (t) => {
  const { page, ada, agent, open } = await startWithJane(t)
  const bo = await agent('Bo', { role: 'AGENT' })
  await open(bo.page)
  const log = page.getByRole('log')
  await bo.page.keyboard.press('a')
  await bo.page.getByRole('menuitem', { name: 'Me' }).click()
  await log.getByText('Bo has this conversation now.').waitFor()
  await bo.page.keyboard.press('e')
  await log.getByText('This conversation was closed by somebody else.').waitFor()
  assert.equal(await bo.page.getByText('by somebody else').count(), 0)
  await page.keyboard.press('e')
  await page.getByText('Reopened: ').waitFor()
  assert.equal(await log.getByText('opened again').count(), 0)
  assert.deepEqual(await violationsOn(page), [])
  assert.deepEqual([...ada.complaints(), ...bo.complaints()], [])
})
