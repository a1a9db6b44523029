import assert from 'node:assert/strict'
import test from 'node:test'
import { withoutBrowser } from '../browser.ts'
import { customerWrites, makeConversation } from '../make.ts'
import { cutOffOn, startPage, violationsOn } from '../page.ts'

const skip = withoutBrowser()

test('the contact is reached at every width, by button and by key', { skip }, async (t) => {
  const { inbox, agent, address } = await startPage(t)
  const { page } = await agent('Ada')
  const talk = await makeConversation(inbox, { email: 'jane@example.com', subject: 'Where is my order?' })
  const panel = page.getByRole('complementary', { name: 'Contact' })
  const button = page.getByRole('button', { name: 'Contact', exact: true })
  for (const width of [320, 390, 800, 1279]) {
    await page.setViewportSize({ width, height: 780 })
    await page.goto(`${address}/inbox/open/${talk.id}`)
    await button.waitFor()
    assert.equal(await panel.count(), 0, `${width} px`)
    await button.click()
    await panel.getByText('jane@example.com').waitFor()
    assert.equal(await button.getAttribute('aria-expanded'), 'true')
    assert.deepEqual(await violationsOn(page), [])
    const { x, width: wide } = (await panel.boundingBox())!
    assert.ok(x >= 0 && x + wide <= width, `${width} px`)
    await page.keyboard.press('Escape')
    await panel.waitFor({ state: 'detached' })
    await page.keyboard.press('i')
    await panel.waitFor()
    await page.getByRole('button', { name: 'Close the contact' }).click()
    await panel.waitFor({ state: 'detached' })
    assert.ok((await page.evaluate<number>('document.documentElement.scrollWidth')) <= width)
  }
  for (const width of [1280, 1920]) {
    await page.setViewportSize({ width, height: 780 })
    await page.goto(`${address}/inbox/open/${talk.id}`)
    await panel.getByText('jane@example.com').waitFor()
    assert.deepEqual(await cutOffOn(page), [])
  }
  // closed by choice, it stays so
  await page.keyboard.press('i')
  await panel.waitFor({ state: 'detached' })
  await page.reload()
  await button.waitFor()
  assert.equal(await panel.count(), 0)
  await button.click()
  await panel.waitFor()
})

test('search hits show words in context, customer, status and date', { skip }, async (t) => {
  const { inbox, agent } = await startPage(t)
  const { page } = await agent('Ada')
  const talk = await makeConversation(inbox, { email: 'jane@example.com', subject: 'Plants' })
  await customerWrites(
    inbox,
    talk.id,
    `${'Long before it. '.repeat(40)}The rosemary is brown.${' After it.'.repeat(40)}`,
  )
  await inbox.put(`/conversations/${talk.id}/status`, { status: 'CLOSED' })
  const held = Promise.withResolvers<void>()
  await page.route('**/search?*', async (route) => {
    await held.promise
    return route.continue()
  })
  await page.keyboard.press('/')
  await page.getByRole('combobox').fill('rosem')
  await page.getByText('Searching…').first().waitFor()
  held.resolve()
  const hit = page.getByRole('group', { name: 'Messages' }).getByRole('option')
  await hit.getByText('The rosemary is brown').waitFor()
  assert.equal(await hit.locator('mark').innerText(), 'rosemary')
  for (const text of ['jane', 'Plants', 'Closed', 'now']) await hit.getByText(text).first().waitFor()
  await page.getByRole('combobox').fill('jane')
  for (const [group, text] of [
    ['Contacts', 'jane@example.com'],
    ['Conversations', 'Plants'],
  ] as const) {
    const found = page.getByRole('group', { name: group }).getByRole('option').filter({ hasText: text })
    await found.getByText(group === 'Contacts' ? 'Active' : 'Closed').waitFor()
    await found.getByText('now').waitFor()
  }
  assert.deepEqual(await violationsOn(page), [])
})

test('no pane is blank while its contents are on their way', { skip }, async (t) => {
  const { inbox, agent, address } = await startPage(t)
  const { context, page } = await agent('Ada')
  const talk = await makeConversation(inbox, { email: 'jane@example.com', subject: 'Where is my order?' })
  const held = { assets: Promise.withResolvers<void>(), data: Promise.withResolvers<void>() }
  const wait = (pattern: string, until: Promise<void>) =>
    context.route(pattern, async (route) => {
      await until
      return route.continue()
    })
  await wait('**/assets/**', held.assets.promise)
  await wait('**/v1/workspaces/**', held.data.promise)
  const arrival = page.goto(`${address}/inbox/open/${talk.id}`)
  // there is no style sheet and no script yet
  await page.getByRole('img', { name: 'The inbox is being loaded' }).waitFor()
  held.assets.resolve()
  for (const text of ['The conversations are being loaded.', 'The conversation is being loaded.'])
    await page.getByRole('status').filter({ hasText: text }).waitFor()
  assert.equal(await page.getByRole('img', { name: 'The inbox is being loaded' }).count(), 0)
  for (const [path, text] of [
    ['/contacts', 'The contacts are being loaded.'],
    [`/contacts/${talk.contactId}`, 'The contact is being loaded.'],
    ['/settings/channels', 'The channels are being loaded.'],
    ['/settings/agents', 'The agents are being loaded.'],
    ['/settings/keys', 'The keys are being loaded.'],
    ['/settings/saved-replies', 'The saved replies are being loaded.'],
  ] as const) {
    await page.goto(address + path)
    await page.getByRole('status').filter({ hasText: text }).waitFor()
  }
  held.data.resolve()
  await arrival
  await page.goto(`${address}/inbox/open/${talk.id}`)
  await page.getByRole('article').first().waitFor()
})

test('the first stop of the keyboard skips to the content', { skip }, async (t) => {
  const { agent } = await startPage(t)
  const { page } = await agent('Ada')
  await page.getByText('First steps').waitFor()
  await page.keyboard.press('Tab')
  const skipLink = page.getByRole('link', { name: 'Skip to the content' })
  assert.equal(await page.evaluate('document.activeElement.textContent'), await skipLink.innerText())
  await page.keyboard.press('Enter')
  assert.equal(await page.evaluate('document.activeElement.tagName'), 'MAIN')
  assert.equal(new URL(page.url()).hash, '')
})
