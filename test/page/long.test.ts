import assert from 'node:assert/strict'
import test from 'node:test'
import type { Page, Request, Route } from 'playwright-core'
import { withoutBrowser } from '../browser.ts'
import { customerWrites, makeConversation } from '../make.ts'
import { startPage, violationsOn } from '../page.ts'

const skip = withoutBrowser()
const messages = 350

const log = (page: Page) => page.getByRole('log', { name: 'Messages' })
const articles = (page: Page) => log(page).getByRole('article')
const message = (page: Page, text: string) => articles(page).getByText(text, { exact: true })

const scrollTo = (page: Page, top: number) => log(page).evaluate((pane: any, top) => (pane.scrollTop = top), top)

/**
 * Looks where the topmost message in sight is on the screen; what it resolves to tells how far that one has moved since, as
 * people see it: what is added gets its place with the next frame, not before it.
 */
const reading = async (page: Page) => {
  const first = await log(page).evaluateHandle((pane: any) => {
    const edge = pane.getBoundingClientRect().top
    return [...pane.querySelectorAll('article')].find((article) => article.getBoundingClientRect().bottom > edge)
  })
  const place = () =>
    first.evaluate(async (article) => {
      // the second one begins when the first is on the screen
      for (let i = 0; i < 2; i += 1) await new Promise(article.ownerDocument.defaultView.requestAnimationFrame)
      return article.getBoundingClientRect().top as number
    })
  const before = await place()
  return async () => Math.abs((await place()) - before)
}

const isSeen = async (page: Page, text: string) => {
  await message(page, text).waitFor()
  await page.waitForFunction(
    ([pane, article]: any[]) => {
      const [outer, inner] = [pane.getBoundingClientRect(), article.getBoundingClientRect()]
      return inner.top >= outer.top && inner.bottom <= outer.bottom
    },
    await Promise.all([log(page).elementHandle(), message(page, text).elementHandle()]),
  )
}

/** What the page has asked for of messages since it was last looked at, and whether all of it has been answered. */
const asked = (page: Page) => {
  let requests: string[] = []
  const open = new Set<Request>()
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url())
    if (request.method() !== 'GET' || !/\/messages(\/|$)/.test(pathname)) return
    open.add(request)
    requests.push(pathname.replace(/.*\/messages/, '').replace(/msg_\w+/, 'one') + search.replace(/cursor=.*/, '…'))
  })
  const end = (request: Request) => void open.delete(request)
  page.on('requestfinished', end).on('requestfailed', end)
  return {
    requests: () => {
      const seen = requests
      requests = []
      return seen
    },
    answered: async () => {
      while (open.size > 0) await page.waitForTimeout(20)
    },
  }
}

/** The next request for earlier messages is held until what this resolves to is called. */
const gate = async (page: Page) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const hold = async (route: Route) => {
    await promise
    await route.continue()
  }
  await page.route(/messages\?.*cursor/, hold, { times: 1 })
  return resolve
}

test('a conversation of 350 messages', { skip }, async (t) => {
  const started = await startPage(t)
  const { inbox, agent, relay } = started
  const { id } = await makeConversation(inbox, { email: 'jane@example.com', text: 'Message 0' })
  for (let i = 1; i < messages; i += 1) await customerWrites(inbox, id, `Message ${i}`)
  // it would open at the first one
  await inbox.put(`/conversations/${id}/read`)
  const network = await relay()
  const { page, complaints } = await agent('Ada', { at: network.url })
  const { requests, answered } = asked(page)

  await t.test('opens at its newest message, by one request', async () => {
    await page.getByRole('link').filter({ hasText: 'Billing question' }).click()
    await isSeen(page, `Message ${messages - 1}`)
    assert.equal(await articles(page).count(), 50)
    assert.deepEqual(requests(), ['?order=desc&limit=50'])
  })

  await t.test('a message that arrives is below the others, and nothing else is loaded', async () => {
    await customerWrites(inbox, id, 'I forgot something')
    await isSeen(page, 'I forgot something')
    assert.equal(await articles(page).count(), 51)
    assert.deepEqual(requests(), ['/one'])
  })

  await t.test('earlier ones come while somebody scrolls up, and what is read does not move', async () => {
    for (const top of [500, 0]) {
      const count = await articles(page).count()
      const open = await gate(page)
      await log(page).hover()
      const request = page.waitForRequest(/messages\?.*cursor/)
      await page.mouse.wheel(0, -100_000)
      await request
      await scrollTo(page, top)
      const moved = await reading(page)
      open()
      await articles(page)
        .nth(count + 49)
        .waitFor()
      assert.ok((await moved()) <= 1, `by ${await moved()} px`)
    }
    assert.deepEqual(requests(), ['?order=desc&limit=50&…', '?order=desc&limit=50&…'])
  })

  await t.test('nor does it when a message arrives below', async () => {
    const moved = await reading(page)
    await customerWrites(inbox, id, 'And one more thing')
    await message(page, 'And one more thing').waitFor()
    assert.equal(await moved(), 0)
    assert.deepEqual(requests(), ['/one'])
  })

  await t.test('what could not be loaded is loaded by a button, and the keyboard keeps its place', async () => {
    const url = /messages\?.*cursor/
    await page.route(url, (route) => route.abort())
    await scrollTo(page, 0)
    await log(page).getByRole('alert').getByText('Not loaded: The server cannot be reached.').waitFor()
    await page.unroute(url)
    assert.deepEqual(await violationsOn(page), [])
    const count = await articles(page).count()
    await page.getByRole('button', { name: 'Show earlier messages' }).press('Enter')
    await articles(page).nth(count).waitFor()
    assert.equal(await log(page).evaluate((pane: any) => pane === pane.ownerDocument.activeElement), true)
  })

  await t.test('the first one is at the top, and before it there is nothing to load', async () => {
    while (!(await message(page, 'Message 0').isVisible())) {
      await scrollTo(page, 0)
      await page.waitForTimeout(50)
    }
    await page.getByRole('button', { name: 'Show earlier messages' }).waitFor({ state: 'detached' })
    const texts = await log(page).evaluate((pane: any) =>
      [...pane.querySelectorAll('article > div')].map(({ textContent }) => textContent),
    )
    assert.deepEqual(texts, [
      ...Array.from({ length: messages }, (_, i) => `Message ${i}`),
      'I forgot something',
      'And one more thing',
    ])
    requests()
  })

  await t.test('a reply is shown as sent when it has left, at the end, where it is written', async () => {
    await page.keyboard.press('r')
    await page.keyboard.type('Thank you')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('article', { name: 'Message of Ada' }).getByText('Sent', { exact: true }).waitFor()
    assert.deepEqual([...new Set(requests())], ['/one'])
  })

  await t.test('after a lost network nothing is missing, be it a little or much', async () => {
    for (const [sent, loads] of [
      [2, []],
      [20, ['?order=desc&limit=50', ...Array.from({ length: 7 }, () => '?order=desc&limit=50&…')]],
    ] as const) {
      // all that was told before has been loaded: what is cut off is loaded anew, too
      await customerWrites(inbox, id, `Before ${sent} were missed`)
      await message(page, `Before ${sent} were missed`).waitFor()
      await answered()
      requests()
      network.cut()
      await page.getByText('No connection.').waitFor()
      for (let i = 0; i < sent; i += 1) await customerWrites(inbox, id, `Missed ${i} of ${sent}`)
      network.restore()
      for (let i = 0; i < sent; i += 1) await message(page, `Missed ${i} of ${sent}`).waitFor()
      await page.getByText('No connection.').waitFor({ state: 'detached' })
      assert.deepEqual(
        requests().filter((request) => request !== '/one'),
        loads,
      )
    }
    assert.equal(await message(page, 'Message 0').count(), 1)
  })

  await t.test('nor is what was told of while it could not be loaded', async () => {
    const url = /\/messages(\/|\?)/
    const { promise: isGivenUp, resolve } = Promise.withResolvers<void>()
    let tries = 0
    await page.route(url, async (route) => {
      await route.abort()
      if ((tries += 1) === 5) resolve()
    })
    await customerWrites(inbox, id, 'Nobody could load this')
    await isGivenUp
    await page.unroute(url)
    network.cut()
    await page.getByText('No connection.').waitFor()
    network.restore()
    await message(page, 'Nobody could load this').waitFor()
  })

  assert.deepEqual(complaints(/net::ERR_/), [])
})
