import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import test, { type TestContext } from 'node:test'
import axe from 'axe-core'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { startApp } from '../app.ts'
import { startBrowser, withoutBrowser } from '../browser.ts'
import { startChat } from '../chat.ts'
import { withFiles } from '../make.ts'
import { startSite } from '../site.ts'

const skip = withoutBrowser()

const strict = (server: string) =>
  `default-src 'none'; script-src ${server}; connect-src ${server}; base-uri 'none'; require-trusted-types-for 'script'`

/** A server, a site that has the chat, and a browser. */
const settings = async (t: TestContext) => {
  const started = await startApp(t)
  const { app, inbox } = started
  const server = await app.listen({ port: 0, host: '127.0.0.1' })
  const site = await startSite(t, server)
  const chat = await startChat(started, inbox, [site.url])
  const browser = await startBrowser(t)
  const data = { 'publishable-key': chat.channel.publishableKey }
  const ada = await inbox.as({ scope: 'user', agent: 'Ada' })

  /** Somebody at a computer of their own. Nothing that a page complains of goes unnoticed. */
  const somebody = async (options: BrowserContextOptions = {}) => {
    const context = await browser.newContext({ locale: 'en', ...options })
    const complaints: string[] = []
    context.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()))
    context.on('weberror', (error) => complaints.push(String(error.error())))
    return { context, complaints, visit: () => visit(context) }
  }
  const visit = async (context: BrowserContext) => {
    const page = await context.newPage()
    await page.goto(site.url)
    await page.locator('.launcher').waitFor()
    return page
  }
  const newest = async () => (await inbox.get('/conversations?limit=1')).body.conversations.items[0]
  const answer = (id: string, contentText: string) => ada.post(`/conversations/${id}/messages`, { contentText })
  site.serve({ data })
  return { ...started, ...chat, server, site, data, somebody, visit, newest, answer }
}

const write = async (page: Page, text: string) => {
  await page.locator('textarea').fill(text)
  await page.keyboard.press('Enter')
}
const arrived = (page: Page, text: string) => page.locator('li.own:not(.waiting)', { hasText: text }).waitFor()
const answered = (page: Page, text: string) => page.locator('li.theirs', { hasText: text }).waitFor()
const texts = (page: Page) => page.locator('li p').allTextContents()

test(
  'two visitors and an agent: each sees their own conversation, live, and a reload keeps it',
  { skip },
  async (t) => {
    const { inbox, site, server, data, somebody, newest, answer } = await settings(t)
    site.serve({ data, policy: strict(server) })
    const [ann, bob] = [await somebody(), await somebody()]
    const [annsPage, bobsPage] = [await ann.visit(), await bob.visit()]
    await annsPage.locator('.launcher').click()
    await write(annsPage, 'Where is my order 4711?')
    await arrived(annsPage, '4711')

    const anns = await newest()
    const [customer] = (await inbox.get('/customers')).body.customers.items
    assert.deepEqual(
      [customer.contact.name, customer.latestThread.source, customer.latestThread.unreadCount],
      ['Website visitor', 'CHAT', 1],
    )
    assert.equal((await inbox.get('/search?q=4711')).body.results.messages[0].conversationId, anns.id)

    await bobsPage.locator('.launcher').click()
    await write(bobsPage, 'Do you have tulips?')
    await arrived(bobsPage, 'tulips')
    const bobs = await newest()
    assert.notEqual(bobs.id, anns.id)
    await answer(anns.id, 'It is on its way.')
    await answer(bobs.id, 'Red ones.')
    const begin = performance.now()
    await answered(annsPage, 'on its way')
    t.diagnostic(`shown ${Math.round(performance.now() - begin)} ms after both answers`)
    await answered(bobsPage, 'Red ones')
    assert.deepEqual(await texts(annsPage), ['Where is my order 4711?', 'It is on its way.'])
    assert.deepEqual(await texts(bobsPage), ['Do you have tulips?', 'Red ones.'])

    await annsPage.locator('textarea').fill('Half a sent')
    await annsPage.reload()
    await answered(annsPage, 'on its way')
    assert.deepEqual(await texts(annsPage), ['Where is my order 4711?', 'It is on its way.'])
    assert.equal(await annsPage.locator('textarea').inputValue(), 'Half a sent')
    // a second tab is the same visitor, and both see what is written in one
    const second = await ann.visit()
    await write(second, 'Thanks')
    await arrived(annsPage, 'Thanks')

    await bobsPage.locator('.closer').click()
    await answer(bobs.id, 'And yellow ones.')
    await bobsPage.getByRole('button', { name: 'Open chat, 1 unread' }).waitFor()
    await bobsPage.locator('.launcher').click()
    await answered(bobsPage, 'yellow')
    await bobsPage.locator('.launcher').click()
    await bobsPage.getByRole('button', { name: 'Open chat', exact: true }).waitFor()
    assert.deepEqual([...ann.complaints, ...bob.complaints], [])
  },
)

test('without a network nothing that is typed is lost, and nothing arrives twice', { skip }, async (t) => {
  const { inbox, somebody, newest, answer } = await settings(t)
  const ann = await somebody()
  const page = await ann.visit()
  await page.locator('.launcher').click()
  await write(page, 'First')
  await arrived(page, 'First')
  const { id } = await newest()

  await ann.context.setOffline(true)
  await write(page, 'Second')
  await write(page, 'Third')
  await page.getByText('No connection.').waitFor()
  assert.equal(await page.locator('li.waiting').count(), 2)
  await page.locator('textarea').fill('Fourth, half')
  await answer(id, 'Are you there?')
  await ann.context.setOffline(false)
  await arrived(page, 'Third')
  await answered(page, 'Are you there?')
  await page.getByText('No connection.').waitFor({ state: 'detached' })
  assert.equal(await page.locator('textarea').inputValue(), 'Fourth, half')

  // the server stores it and the answer is lost; then the page is closed before the next try
  let lost = 0
  await ann.context.route('**/messages', async (route) => {
    if (route.request().method() !== 'POST') return route.continue()
    lost += 1
    await route.fetch()
    return route.abort()
  })
  await write(page, 'Fifth')
  await page.getByText('No connection.').waitFor()
  assert.ok(lost >= 1)
  await page.close()
  await ann.context.unroute('**/messages')
  const again = await ann.visit()
  await arrived(again, 'Fifth')
  const stored = (await inbox.get(`/conversations/${id}/messages`)).body.thread.messages.items
  const said = stored.filter(({ direction }: any) => direction === 'INBOUND')
  assert.deepEqual(
    said.map(({ contentText }: any) => contentText),
    ['First', 'Second', 'Third', 'Fifth'],
  )
})

test('the keyboard is enough, and the focus is where it is expected', { skip }, async (t) => {
  const { somebody } = await settings(t)
  const { visit } = await somebody({ reducedMotion: 'reduce' })
  const page = await visit()
  const focused = () =>
    page.evaluate(() => {
      const { activeElement: outer } = (globalThis as any).document
      const inner = outer.shadowRoot?.activeElement ?? outer
      return inner.getAttribute('aria-label') ?? inner.tagName
    })
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  assert.equal(await focused(), 'Open chat')
  await page.keyboard.press('Enter')
  assert.equal(await focused(), 'TEXTAREA')
  await page.keyboard.type('One line')
  await page.keyboard.press('Shift+Enter')
  await page.keyboard.type('and another')
  await page.keyboard.press('Enter')
  await arrived(page, 'One line')
  assert.deepEqual(await texts(page), ['One line\nand another'])
  assert.equal(await focused(), 'TEXTAREA')
  await page.keyboard.press('Shift+Tab')
  assert.equal(await focused(), 'Conversation')
  await page.keyboard.press('Shift+Tab')
  assert.equal(await focused(), 'Close chat')
  await page.keyboard.press('Escape')
  assert.equal(await page.locator('.panel').isHidden(), true)
  assert.equal(await focused(), 'Open chat')

  // on a narrow screen nothing behind the chat can be reached
  await page.setViewportSize({ width: 390, height: 700 })
  await page.keyboard.press('Enter')
  assert.equal(await page.locator('.panel').getAttribute('aria-modal'), 'true')
  assert.deepEqual(await page.locator('.panel').boundingBox(), { x: 0, y: 0, width: 390, height: 700 })
  for (const expected of ['Close chat', 'Conversation', 'TEXTAREA']) {
    await page.keyboard.press('Tab')
    assert.equal(await focused(), expected)
  }
})

test(
  'axe finds nothing, in light and dark, closed, open and without a network, from left and right',
  { skip },
  async (t) => {
    const { site, data, somebody, newest, answer } = await settings(t)
    for (const [colorScheme, locale] of [
      ['light', 'en'],
      ['dark', 'ar'],
    ] as const) {
      site.serve({ data: { ...data, locale } })
      const { context, visit } = await somebody({ colorScheme, reducedMotion: 'reduce' })
      const page = await visit()
      await page.evaluate(axe.source)
      const found = async () =>
        (
          await page.evaluate(async () => {
            const { violations } = await (globalThis as any).axe.run({ resultTypes: ['violations'] })
            return violations
          })
        ).map(({ id, nodes }: any) => `${id}: ${nodes.map((node: any) => node.html).join(' ')}`)
      assert.deepEqual(await found(), [])
      await page.locator('.launcher').click()
      assert.deepEqual(await found(), [])
      await write(page, 'Hello')
      await arrived(page, 'Hello')
      await answer((await newest()).id, 'See https://shop.example/help.')
      await answered(page, 'help')
      assert.equal(await page.locator('li.theirs a').getAttribute('href'), 'https://shop.example/help')
      await context.setOffline(true)
      await write(page, 'Still there?')
      await page.locator('.state:not(:empty)').waitFor()
      assert.deepEqual(await found(), [])
    }
  },
)

test(
  'commands before and after the script has loaded; who logs in takes along what they wrote, who logs out leaves nothing',
  { skip },
  async (t) => {
    const { inbox, site, data, sign, somebody, newest } = await settings(t)
    const stub = `<script>window.TidySupport=window.TidySupport||function(){(TidySupport.q=TidySupport.q||[]).push(arguments)}
TidySupport('boot',{publishableKey:'${data['publishable-key']}',locale:'de',align:'left'});TidySupport('open')</script>`
    site.serve({ head: stub })
    const { visit, complaints } = await somebody()
    const page = await visit()
    await page.getByRole('dialog', { name: 'Schreiben Sie uns' }).waitFor()
    assert.ok((await page.locator('.launcher').boundingBox())!.x < 100)
    await write(page, 'Guten Tag')
    await arrived(page, 'Guten Tag')
    const command = (name: string, options?: object) =>
      page.evaluate(([name, options]) => (globalThis as any).TidySupport(name, options), [name, options] as const)

    await command('identify', { email: 'jane@example.com', name: 'Jane', signature: sign('jane@example.com') })
    await arrived(page, 'Guten Tag')
    await write(page, 'Ich bin es')
    await arrived(page, 'Ich bin es')
    const { contact } = await newest()
    assert.deepEqual([contact.email, contact.name], ['jane@example.com', 'Jane'])
    assert.equal((await inbox.get('/conversations')).body.conversations.items.length, 1)

    await command('close')
    assert.equal(await page.locator('.panel').isHidden(), true)
    await command('shutdown')
    assert.equal(await page.locator('.launcher').count(), 0)
    assert.equal(await page.evaluate('localStorage.length'), 0)
    await command('boot', { publishableKey: data['publishable-key'] })
    await command('open')
    assert.deepEqual(await texts(page), [])
    await write(page, 'Somebody else')
    await arrived(page, 'Somebody else')
    assert.match((await newest()).contact.email, /@no-address\.invalid$/)
    assert.deepEqual(complaints, [])
  },
)

test('a page opens the chat with a text, or sends it', { skip }, async (t) => {
  const { somebody, newest } = await settings(t)
  const { visit, complaints } = await somebody()
  const page = await visit()
  const open = (options: object) => page.evaluate((given) => (globalThis as any).TidySupport('open', given), options)
  const field = page.locator('textarea')
  await open({ message: 'About my order' })
  await page.locator('.panel').waitFor()
  assert.equal(await field.inputValue(), 'About my order')
  // what the visitor has typed stays
  await field.fill('My own words')
  await open({ message: 'Something else' })
  assert.equal(await field.inputValue(), 'My own words')
  await open({ message: '  Where is order 4711?  ', autoSend: true })
  await arrived(page, 'Where is order 4711?')
  assert.equal(await field.inputValue(), 'My own words')
  await open({ message: '   ', autoSend: true })
  await open({ message: 'x'.repeat(20_000), autoSend: true })
  await arrived(page, 'x'.repeat(10_000))
  assert.equal((await texts(page)).length, 2)
  assert.equal((await newest()).subject, 'Where is order 4711?')
  assert.deepEqual(complaints, [])
})

test('several tabs go on together when a token is replaced, and shutdown ends it', { skip }, async (t) => {
  const { inbox, ask, data, sign, somebody, newest } = await settings(t)
  const { visit, complaints } = await somebody()
  const first = await visit()
  const command = (page: Page, name: string, options?: object) =>
    page.evaluate(([name, options]) => (globalThis as any).TidySupport(name, options), [name, options] as const)
  const tokenIn = (page: Page): Promise<string> =>
    page.evaluate('Object.entries(localStorage).find(([key]) => key.endsWith(":token"))?.[1] ?? ""')
  await first.locator('.launcher').click()
  await write(first, 'Hello')
  await arrived(first, 'Hello')
  const second = await visit()
  await arrived(second, 'Hello')
  const anonymous = await tokenIn(first)

  const jane = { email: 'jane@example.com', signature: sign('jane@example.com') }
  for (const page of [first, second]) await command(page, 'identify', jane)
  for (const page of [first, second]) await arrived(page, 'Hello')
  await write(second, 'It is me')
  await arrived(first, 'It is me')
  assert.equal((await inbox.get('/conversations')).body.conversations.items.length, 1)
  const verified = await tokenIn(first)
  const status = async (token: string) =>
    (await ask('GET', '/messages', { token, origin: new URL(first.url()).origin })).status
  assert.deepEqual([await status(anonymous), await status(verified)], [401, 200])

  await second.close()
  await command(first, 'shutdown')
  while ((await status(verified)) !== 401) await first.waitForTimeout(20)
  assert.equal(await tokenIn(first), '')
  await command(first, 'boot', { publishableKey: data['publishable-key'] })
  await command(first, 'open')
  await write(first, 'Somebody new')
  await arrived(first, 'Somebody new')
  assert.match((await newest()).contact.email, /@no-address\.invalid$/)
  assert.deepEqual(complaints, [])
})

test('a file of an answer can be saved, under a strict policy and without a mouse', { skip }, async (t) => {
  const { inbox, site, server, data, somebody, newest } = await settings(t)
  site.serve({ data, policy: strict(server) })
  const { visit, complaints } = await somebody()
  const page = await visit()
  await page.locator('.launcher').click()
  await write(page, 'Where is the manual?')
  await arrived(page, 'manual')
  const { id } = await newest()
  const answer = await withFiles({ contentText: 'Here it is.' }, new File(['<script>1</script>'], 'Manual – 1.html'))
  assert.equal((await inbox.post(`/conversations/${id}/messages`, ...answer)).status, 201)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Manual – 1.html' }).press('Enter'),
  ])
  assert.equal(download.suggestedFilename(), 'Manual – 1.html')
  assert.equal(await readFile(await download.path(), 'utf8'), '<script>1</script>')
  assert.deepEqual(complaints, [])
})

test('a page that the channel does not name keeps what is typed, and tells its author why', { skip }, async (t) => {
  const { inbox, channel, somebody } = await settings(t)
  const { visit, complaints } = await somebody()
  await inbox.patch(`/channels/${channel.id}`, { allowedOrigins: ['https://elsewhere.example'] })
  const page = await visit()
  await page.locator('.launcher').click()
  await write(page, 'Hello?')
  await page.getByText('The chat is not available here.').waitFor()
  assert.equal(await page.locator('li.waiting').count(), 1)
  assert.ok(
    complaints.some((text) => /not open to pages of http:\/\/127\.0\.0\.1:\d+: see its allowedOrigins/.test(text)),
  )
})

test('a chat looks as its channel says, under a strict policy', { skip }, async (t) => {
  const { inbox, site, server, channel, data, somebody } = await settings(t)
  await inbox.patch(`/channels/${channel.id}`, { greeting: 'Ask us about plants', color: '#ffd166', position: 'LEFT' })
  site.serve({ data, policy: strict(server) })
  const ann = await somebody({ viewport: { width: 1000, height: 700 } })
  const page = await ann.visit()
  const launcher = page.locator('.launcher')
  const look = () =>
    launcher.evaluate((button) => {
      const { backgroundColor, color } = (globalThis as any).getComputedStyle(button)
      return [backgroundColor, color, (button as any).getBoundingClientRect().left < 500]
    })
  assert.deepEqual(await look(), ['rgb(255, 209, 102)', 'rgb(0, 0, 0)', true])
  await launcher.click()
  await page.getByText('Ask us about plants').waitFor()
  // as it was the last time, without waiting for the server
  await ann.context.route('**/appearance', () => {})
  await page.reload()
  await page.getByText('Ask us about plants').waitFor()
  // where nothing is known and nothing answers, the chat is there all the same
  const bob = await somebody()
  await bob.context.route('**/appearance', () => {})
  await bob.visit()
  // what the page says of itself comes first
  site.serve({ data: { ...data, align: 'right' }, policy: strict(server) })
  const cleo = await (await somebody({ viewport: { width: 1000, height: 700 } })).visit()
  assert.ok((await cleo.locator('.launcher').boundingBox())!.x > 500)
  assert.deepEqual([...ann.complaints, ...bob.complaints], [])
})
