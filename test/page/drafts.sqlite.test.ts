import assert from 'node:assert/strict'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { password } from '../agents.ts'
import { withoutBrowser } from '../browser.ts'
import { makeConversation } from '../make.ts'
import { startPage } from '../page.ts'

const skip = withoutBrowser()

const draftsOf = (page: Page) =>
  page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('draft ')).length)

/** Somebody who has begun to write in two tabs. */
const setUp = async (t: Parameters<typeof startPage>[0]) => {
  const started = await startPage(t)
  const ids = [
    await makeConversation(started.inbox, { email: 'jane@example.com' }),
    await makeConversation(started.inbox, { email: 'omar@example.com' }),
  ]
  const ada = await started.agent('Ada')
  const other = await ada.context.newPage()
  for (const [i, page] of [ada.page, other].entries()) {
    await page.goto(`${started.address}/inbox/open/${ids[i]!.id}`)
    await page.getByLabel(/^Reply to /).fill('Between us')
  }
  assert.equal(await draftsOf(ada.page), 2)
  const signOut = async (page: Page) => {
    await page.getByRole('button', { name: /^Ada ?: your account$/ }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
  }
  const isGone = async () => {
    for (const page of [ada.page, other]) await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    assert.equal(await draftsOf(ada.page), 0)
  }
  return { ...started, ada, other, signOut, isGone }
}

test('signing out deletes the drafts of every tab', { skip }, async (t) => {
  const { ada, other, signOut, isGone } = await setUp(t)
  await signOut(ada.page)
  await isGone()
  await other.reload()
  await isGone()
})

test('signing out deletes drafts where the session has ended elsewhere', { skip }, async (t) => {
  const { ask, ada, other, signOut, isGone } = await setUp(t)
  // without live updates no page hears of it
  await ada.context.route('**/events*', (route) => route.abort())
  for (const page of [ada.page, other]) await page.reload()
  await ada.page.getByLabel(/^Reply to /).waitFor()
  // nor by what it asks meanwhile
  await ada.context.route(/\/v1\//, (route) =>
    route.request().method() === 'DELETE' ? route.continue() : route.abort(),
  )
  assert.equal((await ask('DELETE', '/v1/session', { session: ada.session })).status, 204)
  await signOut(ada.page)
  await isGone()
})

test('a session that was ended elsewhere takes the drafts along', { skip }, async (t) => {
  const { ask, ada, other } = await setUp(t)
  assert.equal((await ask('DELETE', '/v1/session', { session: ada.session })).status, 204)
  await other
    .getByRole('link', { name: /Closed/ })
    .first()
    .click()
  await other.getByRole('heading', { name: 'Sign in' }).waitFor()
  assert.equal(await draftsOf(other), 0)
})

test('a lost session is said, and whoever signs in again finds place and draft', { skip }, async (t) => {
  const { ask, ada, other } = await setUp(t)
  await other.close()
  const { pathname } = new URL(ada.page.url())
  assert.equal((await ask('DELETE', '/v1/session', { session: ada.session })).status, 204)
  // by itself: nobody touches the page
  await ada.page.getByRole('status').getByText('Your session has ended.').waitFor()
  assert.equal(await draftsOf(ada.page), 0)
  assert.equal(await ada.page.getByLabel('Email').inputValue(), ada.email)
  await ada.page.getByLabel('Password').fill(password)
  await ada.page.keyboard.press('Enter')
  await ada.page.getByLabel(/^Reply to /).waitFor()
  assert.equal(await ada.page.getByLabel(/^Reply to /).inputValue(), 'Between us')
  assert.equal(new URL(ada.page.url()).pathname, pathname)
})

test('whoever signs in after another sees no draft of theirs', { skip }, async (t) => {
  const { ask, ada, other, agent } = await setUp(t)
  await other.close()
  const bo = await agent('Bo')
  assert.equal((await ask('DELETE', '/v1/session', { session: ada.session })).status, 204)
  await ada.page.getByLabel('Email').fill(bo.email)
  await ada.page.getByLabel('Password').fill(password)
  await ada.page.keyboard.press('Enter')
  await ada.page.getByLabel(/^Reply to /).waitFor()
  assert.equal(await ada.page.getByLabel(/^Reply to /).inputValue(), '')
  assert.equal(await draftsOf(ada.page), 0)
})
