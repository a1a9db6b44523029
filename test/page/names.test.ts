import assert from 'node:assert/strict'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { isMisleading } from '../../web/contacts/name.ts'
import { withoutBrowser } from '../browser.ts'
import { mail } from '../make.ts'
import { startPage } from '../page.ts'

const skip = withoutBrowser()

test('a name is misleading when it looks like the address of another', () => {
  const own = 'mary.smith@example.org'
  for (const name of ['Mary Smith', 'mary.smith', 'MARY.SMITH@example.org', '<mary.smith@example.org>', 'example.org'])
    assert.equal(isMisleading(name, own), false, name)
  for (const name of ['Dr. Smith', 'Jane M.Sc.', 'Jane Ph.D.', 'v1.25', 'ACME Inc.', '', '...', 'Jean-Luc', 'Ayşe Öz'])
    assert.equal(isMisleading(name, own), false, name)
  for (const name of [
    'victim@bank.example',
    '"victim@bank.example"',
    'Victim (victim@bank.example)',
    'mary.smith@example.org, victim@bank.example',
    'victim＠bank.example',
    'victim﹫bank.example',
    'vic\u200Btim@bank.example',
    'victim @ bank.example',
    'victim\u00A0@\u00A0bank',
    '\u202Eelpmaxe.knab@mitciv',
    'bank.example',
    'BANK．example',
    'x.com',
    'Support at Bank.Example.',
    'ｂａｎｋ.ｅｘａｍｐｌｅ',
    'mary.smith@example.org.evil.example',
    '@bank',
  ])
    assert.equal(isMisleading(name, own), true, name)
  assert.equal(isMisleading('ﷺ'.repeat(256), own), false)
})

const shown = 'evil@x.example “victim@bank.example”'

/** Every text on the screen, and every label, that has the name. */
const namesOn = (page: Page): Promise<string[]> =>
  page.evaluate(`
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const found = []
    while (texts.nextNode())
      if (texts.currentNode.parentElement.checkVisibility()) found.push(texts.currentNode.textContent)
    for (const element of document.querySelectorAll('[aria-label],[title]'))
      found.push(element.getAttribute('aria-label') ?? '', element.getAttribute('title') ?? '')
    found.filter((text) => text.includes('victim@'))
  `)

test('the real address stands beside a name that looks like another', { skip }, async (t) => {
  const { send, agent, address, conversations } = await startPage(t)
  const html = { 'MIME-Version': '1.0', 'Content-Type': 'text/html; charset=utf-8' }
  await send(
    mail({ From: '"victim@bank.example" <evil@x.example>', Subject: 'Your money', ...html }, '<p>Treasure</p>'),
  )
  const [{ id, contact }] = await conversations()
  const { page } = await agent('Ada', { viewport: { width: 1600, height: 900 } })
  const assertShown = async (least: number) => {
    await page.getByText(shown).first().waitFor()
    const names = await namesOn(page)
    assert.ok(names.length >= least, JSON.stringify(names))
    for (const name of names) assert.ok(name.includes(shown), name)
  }
  await page.goto(`${address}/inbox/open/${id}`)
  await page.getByRole('article', { name: `Message of ${shown}` }).waitFor()
  await page.getByRole('complementary', { name: 'Contact' }).getByText(shown).waitFor()
  // the row, the conversation and its header, the message and its frame, the field for a reply, the panel
  await assertShown(7)
  await page.goto(`${address}/contacts/${contact.id}`)
  await page.getByRole('heading', { name: shown }).waitFor()
  await assertShown(2)
  for (const [button, heading] of [
    ['Write', `Write to ${shown}`],
    ['Delete', 'Delete this contact?'],
  ] as const) {
    await page.getByRole('button', { name: button, exact: true }).click()
    await page.getByRole('dialog').getByText(heading).waitFor()
    await assertShown(3)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  }
  await page.keyboard.press('/')
  for (const q of ['treasure', 'evil@x.example']) {
    await page.getByRole('combobox').fill(q)
    await page.getByRole('option').first().getByText(shown).waitFor()
  }
})

test('an agent is told of a mail that names several senders', { skip }, async (t) => {
  const { send, agent, address, conversations, messagesOf } = await startPage(t)
  await send(Buffer.from('From: victim@bank.example, Evil <evil@x.example>\r\nSubject: One\r\n\r\nHello\r\n'))
  await send(
    Buffer.from('From: a@x.example\r\nFrom: "“http://b.example" <b@x.example>\r\nSubject: Two\r\n\r\nHello\r\n'),
  )
  await send(Buffer.from('From: "Doe, Jane" <jane@x.example>\r\nSubject: Three\r\n\r\nHello\r\n'))
  const told = async (subject: string) => {
    const { id } = (await conversations()).find((one) => one.subject === subject)
    return { id, notes: (await messagesOf(id)).filter(({ note }) => note) }
  }
  const sentence = 'The mail above names several senders, so it may not be from whom it seems to be:'
  const [one, two, three] = [await told('One'), await told('Two'), await told('Three')]
  assert.deepEqual(
    one.notes.map(({ contentText, direction, automatic }) => [contentText, direction, automatic]),
    [[`${sentence}\n- “victim@bank.example”\n- “Evil <evil@x.example>”`, 'SYSTEM', true]],
  )
  assert.equal(two.notes[0].contentText, `${sentence}\n- “a@x.example”\n- “'http://b.example <b@x.example>”`)
  assert.deepEqual(three.notes, [])
  const { page } = await agent('Ada')
  await page.goto(`${address}/inbox/open/${one.id}`)
  await page.getByRole('article', { name: 'Internal note of support-inbox' }).getByText(sentence).waitFor()
})
