import assert from 'node:assert/strict'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { withoutBrowser } from '../browser.ts'
import { mail } from '../make.ts'
import { startPage } from '../page.ts'

const skip = withoutBrowser()

const letter = (name: string, subject: string, text: string) => {
  const from = name.toLowerCase()
  return mail(
    {
      From: `${name} <${from}@example.com>`,
      To: 'help@example.com',
      Subject: subject,
      'Message-ID': `<${subject.replaceAll(' ', '.')}@example.com>`,
    },
    text,
  )
}

const inList = (page: Page, text: string) =>
  page.getByRole('region', { name: 'Conversations' }).getByRole('link').filter({ hasText: text })
const count = (page: Page, view: string) =>
  page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: view })
const say = async (page: Page, text: string) => {
  await page.keyboard.press('r')
  await page.keyboard.type(text)
  await page.keyboard.press('Control+Enter')
}

test('agents at work', { skip }, async (t) => {
  const started = await startPage(t)
  const { world, send, conversations, agent, relay } = started
  const network = await relay()
  const ada = await agent('Ada', { at: network.url })
  const bo = await agent('Bo', { role: 'AGENT' })

  await t.test('a mail appears while the page is open, is answered as a mail, and closed', async () => {
    const { page } = ada
    await page.getByText('Nobody has written yet').waitFor()
    const begin = performance.now()
    await send(letter('Jane', 'Where is my order', 'It was to be here last week.\n\n> What did you order?'))
    await inList(page, 'Where is my order').waitFor()
    t.diagnostic(`on the screen ${Math.round(performance.now() - begin)} ms after the mail was sent`)
    await count(page, 'Open 1').waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    const message = page.getByRole('article', { name: 'Message of Jane' })
    await message.getByText('It was to be here last week.').waitFor()
    assert.equal(await message.getByText('What did you order?').isVisible(), false)
    await message.getByText('Quoted history').click()
    assert.equal(await message.getByText('What did you order?').isVisible(), true)
    await say(page, 'Dear Jane, it comes tomorrow.')
    await page.getByRole('article', { name: 'Message of Ada' }).getByText('it comes tomorrow').waitFor()
    const reply = await world.nth(1)
    assert.deepEqual(reply.envelope.to, ['jane@example.com'])
    assert.match(reply.text ?? '', /^Dear Jane, it comes tomorrow\./)
    await page.getByRole('article', { name: 'Message of Ada' }).getByText('Sent', { exact: true }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('e')
    await page.getByText('All done').waitFor()
    // another agent's page knows of it from the server only
    await count(bo.page, 'Closed 1').waitFor()
    assert.equal((await conversations())[0].status, 'CLOSED')
  })

  await t.test('what is on the disk is found, with its words marked, and opened by keys', async () => {
    const { page } = ada
    await page.keyboard.press('/')
    await page.getByRole('combobox').fill('tomorr')
    const hit = page.getByRole('option').filter({ hasText: 'it comes tomorrow' })
    await hit.waitFor()
    assert.equal(await hit.locator('mark').innerText(), 'tomorrow')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Where is my order' }).waitFor()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })

  await t.test('two who are at the same conversation see each other, and what the other does', async () => {
    await send(letter('Omar', 'Invoice for October', 'Please send it again.'))
    for (const { page } of [ada, bo]) {
      await inList(page, 'Invoice for October').click()
      await page.getByRole('heading', { name: 'Invoice for October' }).waitFor()
    }
    await ada.page.getByText('Bo is here, too').waitFor()
    await bo.page.getByLabel('Reply to Omar').fill('One moment')
    await ada.page.getByText('Bo is writing…').waitFor()
    await ada.page.keyboard.press('n')
    await ada.page.keyboard.type('He has asked before.')
    await ada.page.keyboard.press('Control+Enter')
    await bo.page.getByRole('article', { name: 'Internal note of Ada' }).waitFor()
    assert.equal(world.taken.length, 1)
    await ada.page.keyboard.press('Escape')
    await ada.page.keyboard.press('a')
    await ada.page.getByRole('menuitem', { name: 'Me' }).click()
    await inList(bo.page, 'Assigned to Ada').waitFor()
    await count(ada.page, 'Mine 1').waitFor()
    // a draft outlives the page
    await bo.page.reload()
    await bo.page.getByLabel('Reply to Omar').waitFor()
    assert.equal(await bo.page.getByLabel('Reply to Omar').inputValue(), 'One moment')
  })

  await t.test('without a network nothing typed is lost, and afterwards nothing is missing', async () => {
    const { page } = ada
    network.cut()
    await page.getByText('No connection.').waitFor()
    await say(page, 'Here it is.')
    await page.getByText('Not sent: The server cannot be reached.').waitFor()
    assert.equal(await page.getByLabel('Reply to Omar').inputValue(), 'Here it is.')
    await send(letter('Lena', 'Password reset', 'It does not arrive.'))
    await send(letter('Omar', 'Re: Invoice for October', 'Hello again'))
    network.restore()
    await inList(page, 'Password reset').waitFor()
    await inList(page, 'Hello again').first().waitFor()
    await page.getByText('No connection.').waitFor({ state: 'detached' })
    await page.keyboard.press('Control+Enter')
    await page.getByRole('article', { name: 'Message of Ada' }).getByText('Here it is.').waitFor()
    assert.equal(await page.getByLabel('Reply to Omar').inputValue(), '')
    assert.equal((await world.nth(2)).text?.split('\n')[0], 'Here it is.')
    assert.equal(world.taken.length, 2)
  })

  for (const { complaints } of [ada, bo]) assert.deepEqual(complaints(/net::ERR_/), [])
})
