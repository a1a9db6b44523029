import assert from 'node:assert/strict'
import test from 'node:test'
import { withoutBrowser } from '../browser.ts'
import { customerWrites, makeContact, makeConversation } from '../make.ts'
import { startPage, violationsOn } from '../page.ts'

const skip = withoutBrowser()

test('axe finds nothing on any screen, in light and dark, wide and narrow', { skip }, async (t) => {
  const { inbox, address, agent } = await startPage(t)
  const talk = await makeConversation(inbox, { email: 'jane@example.com', subject: 'Where is my order?' })
  await customerWrites(inbox, talk.id, 'It is not here.\n\n> How can we help?')
  await inbox.post(`/conversations/${talk.id}/messages`, { contentText: 'Ask the carrier', note: true })
  await makeContact(inbox, { email: 'ali@example.com', name: 'محمد علي' })
  const { page, go, complaints } = await agent('Ada')
  const screens: [path: string, heading: string][] = [
    ['/inbox/open', 'Open'],
    [`/inbox/open/${talk.id}`, 'Where is my order?'],
    ['/inbox/mine', 'Mine'],
    ['/contacts', 'Contacts'],
    [`/contacts/${talk.contactId}`, 'jane'],
    ['/settings/profile', 'Your profile'],
    ['/settings/saved-replies', 'Saved replies'],
    ['/settings/channels', 'Channels'],
    ['/settings/agents', 'Agents'],
    ['/settings/keys', 'API keys'],
    ['/settings/import', 'Import'],
  ]
  const violations: string[] = []
  const look = async (at: string) =>
    violations.push(...(await violationsOn(page)).map((violation) => `${at}: ${violation}`))
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const [path, heading] of screens) {
      await go(path, heading)
      await look(`${path} ${colorScheme}`)
    }
    await go(`/inbox/open/${talk.id}`, 'Where is my order?')
    await page.keyboard.press('n')
    await look(`a note, ${colorScheme}`)
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    await look(`the keys, ${colorScheme}`)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.keyboard.press('/')
    await page.getByRole('combobox').fill('order')
    await page.getByRole('option').first().waitFor()
    await look(`search, ${colorScheme}`)
    await page.keyboard.press('Escape')
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 390, height: 780 })
  for (const path of ['/inbox/open', `/inbox/open/${talk.id}`, '/contacts', '/settings/channels']) {
    await page.goto(address + path)
    await page.getByRole('heading').first().waitFor()
    await look(`${path} on a phone`)
    assert.ok((await page.evaluate<number>('document.documentElement.scrollWidth')) <= 390, path)
  }
  for (const [width, right] of [
    [390, 390],
    [320, 320],
    [800, 416],
  ] as const) {
    await page.setViewportSize({ width, height: 780 })
    await go('/inbox/open', 'Open')
    const tabs = page.getByRole('navigation', { name: 'Views' })
    await tabs.getByRole('link', { name: 'Open 1' }).waitFor()
    const last = (await tabs.getByRole('link', { name: 'Archived' }).boundingBox())!
    assert.ok(last.x + last.width <= right, `${width} px`)
  }
  await page.setViewportSize({ width: 1280, height: 800 })
  assert.deepEqual(violations, [])
  assert.deepEqual(complaints(), [])
})

test('a key that is pressed as soon as the screen is there counts', { skip }, async (t) => {
  const { inbox, address, agent } = await startPage(t)
  const talk = await makeConversation(inbox, { email: 'jane@example.com', subject: 'Where is my order?' })
  const { page, complaints } = await agent('Ada')
  await page.addInitScript(`new MutationObserver((_, observer) => {
    if (!document.querySelector('textarea')) return
    observer.disconnect()
    window.dispatchEvent(new KeyboardEvent('keydown', { key: 'r' }))
  }).observe(document, { childList: true, subtree: true })`)
  await page.goto(`${address}/inbox/open/${talk.id}`)
  await page.locator('textarea:focus').waitFor()
  assert.deepEqual(complaints(), [])
})

test('j and Enter open a conversation however long the screen takes to be drawn', { skip }, async (t) => {
  const { inbox, address, agent } = await startPage(t)
  await makeConversation(inbox, { email: 'jane@example.com', subject: 'Where is my order?' })
  const { page, complaints } = await agent('Ada')
  await page.goto(`${address}/inbox/open`)
  await page.getByText('Where is my order?').waitFor()
  await page.evaluate('window.requestAnimationFrame = (draw) => setTimeout(() => draw(performance.now()), 2000)')
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await page.locator('textarea').waitFor()
  assert.deepEqual(complaints(), [])
})
