import assert from 'node:assert/strict'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { withoutBrowser } from '../browser.ts'
import { customerWrites, makeConversation } from '../make.ts'
import { cutOffOn, startPage } from '../page.ts'

const skip = withoutBrowser()

const row = (page: Page, subject: string) =>
  page.getByRole('region', { name: 'Conversations' }).getByRole('link').filter({ hasText: subject })

test('no row cuts off its letters, at either density, assigned or not', { skip }, async (t) => {
  const { inbox, agent, address } = await startPage(t)
  const { page, id: agentId } = await agent('Ada')
  for (let i = 0; i < 4; i++) {
    const talk = await makeConversation(inbox, { email: `peggy${i}@example.com`, subject: `Gypsy jpgq ${i}` })
    if (i % 2) await inbox.put(`/conversations/${talk.id}/assignment`, { agentId })
    if (i > 1) await customerWrites(inbox, talk.id, 'yes, gjpqy')
  }
  for (const height of [84, 56]) {
    await page.goto(`${address}/inbox/open`)
    await row(page, 'Gypsy jpgq 3').waitFor()
    assert.equal((await row(page, 'Gypsy jpgq 3').boundingBox())!.height, height)
    assert.equal(await row(page, 'Gypsy').count(), 4)
    assert.deepEqual(await cutOffOn(page), [])
    // what sticks out of its row lies on the next one
    const out = await page.evaluate<number>(
      `[...document.querySelectorAll('[data-index] a')].filter((link) => link.scrollHeight > link.clientHeight).length`,
    )
    assert.equal(out, 0)
    await page.getByRole('button', { name: /your account/ }).click()
    await page.getByRole('menuitem', { name: 'Compact rows' }).click()
  }
})

test('a row shows whose turn it is, and by which channel', { skip }, async (t) => {
  const { inbox, agent, address } = await startPage(t, {
    verdict: (to) => (to.startsWith('full') ? { responseCode: 552, message: '5.2.2 Mailbox full' } : undefined),
  })
  const { page, id: agentId } = await agent('Ada')
  const asked = await makeConversation(inbox, { email: 'jane@example.com', subject: 'Asked' })
  await customerWrites(inbox, asked.id, 'Hello?')
  await inbox.put(`/conversations/${asked.id}/assignment`, { agentId })
  await makeConversation(inbox, { email: 'sam@example.com', subject: 'Answered' })
  await makeConversation(inbox, { email: 'full@example.com', subject: 'Refused' })
  await page.goto(`${address}/inbox/open`)
  await row(page, 'Asked').getByText('The customer wrote last.').waitFor()
  await row(page, 'Answered').getByText('Your team wrote last.').waitFor()
  // live, when the mail server has said no
  await row(page, 'Refused').getByText('Not delivered').waitFor()
  await row(page, 'Asked').click()
  await page.getByLabel('Reply to jane').fill('Half a sent')
  await row(page, 'Asked').getByText('Draft').waitFor()
  await row(page, 'Asked').getByText('API').waitFor()
  await row(page, 'Asked').getByText('Assigned to Ada.').waitFor()
  await page.getByLabel('Reply to jane').fill('')
  await row(page, 'Asked').getByText('Draft').waitFor({ state: 'detached' })
})

test('ten that are closed in a row share one box, which undoes all', { skip }, async (t) => {
  const { inbox, agent, address } = await startPage(t)
  const { page } = await agent('Ada')
  for (let i = 0; i < 10; i++) await makeConversation(inbox, { email: `a${i}@example.com`, subject: `Subject ${i}` })
  await page.goto(`${address}/inbox/open`)
  await row(page, 'Subject 9').click()
  for (let i = 9; i >= 0; i--) {
    await page.getByRole('heading', { name: `Subject ${i}` }).waitFor()
    await page.keyboard.press('e')
    // all ten take longer than a box stays for one
    await page.waitForTimeout(600)
  }
  await page.getByText('10 closed: Subject 2, Subject 1, Subject 0 and 7 more').first().waitFor()
  assert.equal(await page.getByRole('button', { name: /^Undo/ }).count(), 1)
  await page.getByRole('button', { name: 'Undo all' }).click()
  for (let i = 0; i < 10; i++) await row(page, `Subject ${i}`).waitFor()
  assert.equal((await inbox.get('/conversations/counts')).body.counts.open, 10)
  await page.getByText('10 closed:').first().waitFor({ state: 'detached' })
})

test('people have colors of their own, the same everywhere', { skip }, async (t) => {
  const { inbox, agent, address } = await startPage(t)
  const { page } = await agent('Zoe')
  const people = ['jane', 'sam', 'kim', 'omar', 'lena', 'tom']
  for (const name of people) await makeConversation(inbox, { email: `${name}@example.com`, subject: `Of ${name}` })
  const colors = async () => {
    await page
      .getByText(/^jane$/)
      .first()
      .waitFor()
    return page.evaluate<Record<string, string>>(`Object.fromEntries(
      [...document.querySelectorAll('[data-index] .avatar')].map((avatar) => [
        avatar.closest('a').querySelector('.truncate').textContent,
        getComputedStyle(avatar).backgroundColor,
      ]),
    )`)
  }
  await page.goto(`${address}/inbox/open`)
  const inInbox = await colors()
  assert.equal(Object.keys(inInbox).length, people.length)
  assert.ok(new Set(Object.values(inInbox)).size >= 4, JSON.stringify(inInbox))
  await page.goto(`${address}/contacts`)
  assert.deepEqual(await colors(), inInbox)
})
