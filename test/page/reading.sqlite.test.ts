import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { sql } from '../../server/db/sql.ts'
import { withoutBrowser } from '../browser.ts'
import { customerWrites, makeConversation } from '../make.ts'
import { startPage, violationsOn } from '../page.ts'

const skip = withoutBrowser()

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8Dwn4EIwDiqEAD3uAP9nHKXUQAAAABJRU5ErkJggg=='

/** A mail of Jane's in HTML, with an image that stands in it. */
const htmlMail = (subject: string, html: string) =>
  Buffer.from(
    [
      `From: Jane <jane@example.org>\r\nTo: help@example.com\r\nSubject: ${subject}\r\nMessage-ID: <${subject.replaceAll(/\W/g, '')}@example.org>\r\nMIME-Version: 1.0`,
      'Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n',
      `${html}\r\n--b\r\nContent-Type: image/png; name=logo.png\r\nContent-Disposition: inline; filename=logo.png\r\nContent-ID: <logo>\r\nContent-Transfer-Encoding: base64\r\n\r\n${png}\r\n--b--\r\n`,
    ].join('\r\n'),
  )

const mailOf = (page: Page) => page.locator('iframe[title="Mail of Jane"]')

const startReading = async (t: TestContext) => {
  const started = await startPage(t)
  const ada = await started.agent('Ada')
  /** Opens a mail of Jane's that has come just now. */
  const openMail = async (subject: string, html: string) => {
    await started.send(htmlMail(subject, html))
    const { id } = (await started.conversations()).find((one) => one.subject === subject)
    await ada.page.goto(`${started.address}/inbox/open/${id}`)
    const frame = mailOf(ada.page).contentFrame()
    await frame.getByText(/\w/).first().waitFor()
    return { id, frame }
  }
  return { ...started, ada, page: ada.page, openMail }
}

test('a conversation becomes read when it was visible for a second', { skip }, async (t) => {
  const { inbox, page, address, ada } = await startReading(t)
  const ids: string[] = []
  for (const name of ['jane', 'omar', 'lena', 'kai']) {
    const { id } = await makeConversation(inbox, { email: `${name}@example.org`, subject: `About ${name}` })
    await customerWrites(inbox, id, 'Hello?')
    ids.unshift(id)
  }
  const unread = async () => {
    const { items } = (await inbox.get('/conversations?unread=true')).body.conversations
    return ids.filter((id) => items.some((item: any) => item.id === id))
  }
  const list = page.getByRole('region', { name: 'Conversations' })
  const heading = (name: string) => page.getByRole('heading', { name: `About ${name}` }).waitFor()
  await page.clock.install()
  await page.goto(`${address}/inbox/open`)
  await list.getByRole('link').nth(3).waitFor()
  // however long the keys take on a busy machine
  await page.clock.pauseAt(Date.now() + 60_000)
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await heading('kai')
  for (const [key, name] of [
    ['j', 'lena'],
    ['j', 'omar'],
    ['k', 'lena'],
    ['k', 'kai'],
  ] as const) {
    await page.keyboard.press(key)
    await heading(name)
  }
  assert.deepEqual(await unread(), ids)
  await page.clock.resume()
  while ((await unread()).length === 4) await page.waitForTimeout(50)
  assert.deepEqual(await unread(), ids.slice(1))

  await t.test('u marks it unread again, and goes back to the list', async () => {
    await page.keyboard.press('u')
    await page.getByRole('region', { name: 'First steps' }).waitFor()
    await page.waitForTimeout(1500)
    assert.deepEqual(await unread(), ids)
    await list.getByRole('link').filter({ hasText: 'Unread.' }).nth(3).waitFor()
  })

  await t.test('moving on after e reads nothing until the agent does something', async () => {
    await list.getByRole('link').first().click()
    await heading('kai')
    await page.keyboard.press('e')
    await heading('lena')
    await page.waitForTimeout(1600)
    assert.deepEqual((await unread()).slice(-3), ids.slice(1))
    await page.mouse.wheel(0, 10)
    while ((await unread()).includes(ids[1]!)) await page.waitForTimeout(50)
  })

  await t.test('whoever does not want to move on stays', async () => {
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Open the next one after closing' }).click()
    await page.keyboard.press('e')
    await page.getByRole('button', { name: 'Reopen' }).waitFor()
    await heading('lena')
  })
  assert.deepEqual(ada.complaints(), [])
})

test('a conversation opens at the beginning of its oldest unread message', { skip }, async (t) => {
  const { inbox, page, ada } = await startReading(t)
  const { id } = await makeConversation(inbox, { email: 'jane@example.org', subject: 'Long ones' })
  const long = (name: string) => `${name}\n${'A line.\n'.repeat(60)}`
  for (const name of ['First', 'Second']) await customerWrites(inbox, id, long(name))
  await inbox.put(`/conversations/${id}/read`)
  for (const name of ['Third', 'Fourth', 'Fifth']) await customerWrites(inbox, id, long(name))
  await page.getByRole('link').filter({ hasText: 'Long ones' }).click()
  const third = page.getByRole('article').filter({ hasText: 'Third' })
  await third.waitFor()
  const top = async (article = third) =>
    (await article.boundingBox())!.y - (await page.getByRole('log').boundingBox())!.y
  await page.waitForTimeout(300)
  assert.ok(Math.abs(await top()) < 20, String(await top()))
  await page.getByRole('button', { name: '2 new messages' }).waitFor()
  await page.waitForTimeout(1500)
  const flags = (await inbox.get(`/conversations/${id}/messages`)).body.thread.messages.items
  assert.deepEqual(
    flags.map(({ isUnread }: any) => isUnread),
    [false, false, false, false, true, true],
  )
  await page.setViewportSize({ width: 1000, height: 600 })
  await page.waitForTimeout(200)
  assert.ok(Math.abs(await top()) < 20, String(await top()))
  assert.deepEqual(ada.complaints(), [])
})

/** How many scroll bars stand on or in a mail: in the frame, and none of the frame's own. */
const overflowOf = (page: Page) =>
  mailOf(page).evaluate((frame: any) => {
    const { documentElement: root } = frame.contentDocument
    return {
      isTooWide: root.scrollWidth > root.clientWidth,
      isTooHigh: root.scrollHeight > root.clientHeight + 1,
      scrollBar: frame.clientHeight - root.clientHeight,
      height: frame.clientHeight,
    }
  })

const newsletter = (width: number) =>
  `<body style="margin:0;background-color:#f4f4f4"><table width="${width}" cellpadding="0" style="width:${width}px;border-collapse:collapse;color:#333"><tr>
<td bgcolor="#004488" style="padding:20px;position:absolute;top:-9px;background-image:url(http://127.0.0.1:9/x.png)"><img src="cid:logo" width="${width / 2}" height="20"></td></tr>
<tr><td style="padding:20px;font-family:Georgia">${'<p style="margin:0 0 10px">Words of a newsletter.</p>'.repeat(30)}</td></tr></table></body>`

test('a mail of any width fits, without a scroll bar of its own', { skip }, async (t) => {
  const { page, openMail, ada } = await startReading(t)
  for (const width of [400, 600, 700, 800, 1400]) {
    await openMail(`Wide ${width}`, newsletter(width))
    for (const window of [1280, 800, 390]) {
      await page.setViewportSize({ width: window, height: 800 })
      await page.waitForTimeout(250)
      const { isTooWide, isTooHigh, scrollBar, height } = await overflowOf(page)
      assert.deepEqual(
        { isTooWide, isTooHigh, scrollBar },
        { isTooWide: false, isTooHigh: false, scrollBar: 0 },
        `${width} in ${window}`,
      )
      assert.ok(height > 100)
    }
    await page.setViewportSize({ width: 1280, height: 800 })
  }
  const original = page.getByRole('button', { name: 'Original size' })
  await original.click()
  await page.waitForTimeout(200)
  const { isTooWide, isTooHigh } = await overflowOf(page)
  assert.deepEqual({ isTooWide, isTooHigh }, { isTooWide: true, isTooHigh: false })
  assert.deepEqual(await violationsOn(page), [])
  await original.click()
  await page.waitForTimeout(200)
  assert.equal((await overflowOf(page)).isTooWide, false)
  assert.deepEqual(ada.complaints(), [])
})

test('colours, tables and image sizes of a mail are shown', { skip }, async (t) => {
  const { db, page, address, openMail, ada } = await startReading(t)
  // as wide as the mail, beside the contact
  await page.setViewportSize({ width: 1600, height: 800 })
  const { id, frame } = await openMail('Styled', newsletter(500))
  const look = () =>
    frame.locator('body').evaluate((body: any) => {
      const { getComputedStyle } = body.ownerDocument.defaultView
      const [cell, image] = [body.querySelector('td'), body.querySelector('img')]
      return {
        colour: getComputedStyle(cell).backgroundColor,
        position: getComputedStyle(cell).position,
        behind: getComputedStyle(cell).backgroundImage,
        padding: getComputedStyle(cell).paddingTop,
        font: getComputedStyle(body.querySelectorAll('td')[1]).fontFamily,
        image: [image.getBoundingClientRect().width, image.getBoundingClientRect().height],
        sheet: getComputedStyle(body.ownerDocument.documentElement).backgroundColor,
      }
    })
  const expected = {
    colour: 'rgb(0, 68, 136)',
    position: 'static',
    behind: 'none',
    padding: '20px',
    font: 'georgia',
    image: [250, 20],
    sheet: 'rgb(255, 255, 255)',
  }
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    assert.deepEqual(await look(), expected)
    assert.deepEqual(await violationsOn(page), [])
    if (process.env['PICTURE']) await page.screenshot({ path: `${process.env['PICTURE']}-${colorScheme}.png` })
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await db.run(sql`update messages set content_html = '<p>As it was stored</p>', html_version = 0`)
  await page.goto(`${address}/inbox/open/${id}`)
  await frame.locator('td').first().waitFor()
  assert.deepEqual(await look(), expected)
  assert.deepEqual(ada.complaints(), [])
})

test('a mail that has no colours follows the dark page', { skip }, async (t) => {
  const { page, openMail } = await startReading(t)
  await page.emulateMedia({ colorScheme: 'dark' })
  const { frame } = await openMail('Plain', '<p style="margin:4px"><b>Hello</b>, its color: red</p>')
  const sheet = await frame.locator('html').evaluate((root: any) => root.className)
  assert.equal(sheet, '')
})

test('an inline image is shown once, and large when it is clicked', { skip }, async (t) => {
  const { page, openMail, ada } = await startReading(t)
  const { frame } = await openMail(
    'A picture',
    '<p>Look: <img src="cid:logo" width="40" height="40" alt="our logo"></p>',
  )
  await frame.getByRole('button', { name: 'our logo' }).waitFor()
  assert.equal(await page.getByRole('list', { name: 'Attachments' }).count(), 0)
  const dialog = page.getByRole('dialog', { name: 'logo.png' })
  for (const open of [
    () => frame.getByRole('button', { name: 'our logo' }).click(),
    () => frame.getByRole('button', { name: 'our logo' }).press('Enter'),
  ]) {
    await open()
    await dialog.getByRole('img', { name: 'logo.png' }).waitFor()
    assert.deepEqual(await violationsOn(page), [])
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
  }
  await openMail('No picture', '<p>See the file.</p>')
  await page.getByRole('button', { name: 'Show logo.png large' }).click()
  await dialog.waitFor()
  assert.deepEqual(ada.complaints(), [])
})

test('the original of a mail is shown as text', { skip }, async (t) => {
  const { page, openMail, ada } = await startReading(t)
  await openMail('Raw', '<p>Hello</p><script>top.pwned = 1</script>')
  await page.getByRole('button', { name: 'More about this message' }).click()
  await page.getByRole('menuitem', { name: 'Show original' }).click()
  const original = page.getByRole('dialog', { name: 'Original mail' })
  await original.getByText('Message-ID: <Raw@example.org>').waitFor()
  await original.getByText('<script>top.pwned = 1</script>').waitFor()
  assert.deepEqual(await violationsOn(page), [])
  if (process.env['PICTURE']) await page.screenshot({ path: `${process.env['PICTURE']}-original.png` })
  assert.equal(await page.evaluate('window.pwned'), undefined)
  const download = page.waitForEvent('download')
  await original.getByRole('link', { name: 'Download' }).click()
  assert.match((await download).suggestedFilename(), /^msg_\w+\.eml$/)
  assert.deepEqual(ada.complaints(), [])
})

const quote = '<blockquote><p>What did you order?</p></blockquote>'
const attributions: Record<string, string> = {
  'beside it': `On Mon, Feb 2, 2026 at 10:00 AM Help &lt;help@example.com&gt; wrote:<br>${quote}`,
  'in an element of its own': `<div>On Mon, Feb 2, 2026 at 10:00 AM Help &lt;<a href="mailto:help@example.com">help@example.com</a>&gt; wrote:</div>${quote}`,
  'in an element with it': `<div><div>Am 02.02.26 um 10:00 schrieb Help:</div><br>${quote}</div>`,
  'before the element that it is in': `<div>On Mon, 2 Feb 2026, at 10:00, Help wrote:</div><div><div>${quote}</div></div>`,
  'below a signature': `A shirt.<br>Regards<br>On Mon, Feb 2, 2026 at 10:00 AM<br>Help &lt;help@example.com&gt; wrote:<br>${quote}`,
  'on two lines': `<div>On Mon, Feb 2, 2026 at 10:00 AM<br>Help &lt;help@example.com&gt; wrote:</div>${quote}`,
}

test('the line that introduces a quotation folds with it', { skip }, async (t) => {
  const { page, openMail, ada } = await startReading(t)
  for (const [where, html] of Object.entries(attributions)) {
    const own = where === 'below a signature' ? '' : '<div>A shirt.</div><div>Regards</div>'
    const { frame } = await openMail(`Quoted ${where}`, `${own}${html}`)
    await frame.getByText('Quoted history').waitFor()
    const shown = await frame.locator('body').innerText()
    assert.deepEqual(
      shown.split('\n').filter((line: string) => line.trim() !== ''),
      ['A shirt.', 'Regards', 'Quoted history'],
      where,
    )
    await frame.getByText('Quoted history').click()
    await frame.getByText('What did you order?').waitFor()
    await frame
      .getByText(/wrote:|schrieb/)
      .first()
      .waitFor()
  }
  const { frame } = await openMail('Only quoted', attributions['beside it']!)
  await frame.getByText('What did you order?').waitFor()
  await page.waitForTimeout(100)
  assert.equal(await frame.getByText('Quoted history').count(), 0)
  assert.deepEqual(ada.complaints(), [])
})

test('a right-to-left subject stands above the name', { skip }, async (t) => {
  const { inbox, page, address } = await startReading(t)
  const { id } = await makeConversation(inbox, { email: 'jane@example.org', subject: 'أين طلبي؟' })
  await page.goto(`${address}/inbox/open/${id}`)
  const heading = page.getByRole('heading', { name: 'أين طلبي؟' })
  const left = await heading.evaluate((element: any) => {
    const range = element.ownerDocument.createRange()
    range.selectNodeContents(element)
    return range.getBoundingClientRect().left
  })
  const name = (await page.locator('header').getByRole('link', { name: 'jane' }).boundingBox())!
  assert.ok(Math.abs(left - name.x) < 2, `${left} and ${name.x}`)
})

test('printing prints the whole thread', { skip }, async (t) => {
  const { inbox, page, openMail, ada } = await startReading(t)
  const { id } = await openMail('Printed', newsletter(800))
  for (let i = 0; i < 120; i += 1) await customerWrites(inbox, id, `Message ${i}`)
  await inbox.put(`/conversations/${id}/read`)
  await page.reload()
  const message = (text: string) => page.getByRole('log').getByText(text, { exact: true })
  await message('Message 119').waitFor()
  await page.evaluate('window.print = () => { window.printed = true }')
  await page.keyboard.press('Control+p')
  await page.waitForFunction(() => (globalThis as any).printed)
  assert.equal(await page.getByRole('article').count(), 121)
  await page.emulateMedia({ media: 'print' })
  await page.evaluate(`window.dispatchEvent(new Event('beforeprint'))`)
  const seen = async (text: string) => (await message(text).boundingBox())!
  assert.equal(await page.getByRole('textbox').isVisible(), false)
  assert.equal(await page.getByRole('navigation', { name: 'Main' }).isVisible(), false)
  const { scrollHeight } = await page.evaluate<{ scrollHeight: number }>(
    '({ scrollHeight: document.documentElement.scrollHeight })',
  )
  assert.ok(scrollHeight > (await seen('Message 119')).y - (await seen('Message 0')).y)
  assert.equal((await overflowOf(page)).isTooHigh, false)
  const pdf = await page.pdf({ format: 'A4' })
  const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)!.length
  assert.ok(pages > 8, `${pages} pages`)
  if (process.env['PICTURE'])
    await import('node:fs').then((fs) => fs.writeFileSync(`${process.env['PICTURE']}.pdf`, pdf))
  assert.deepEqual(ada.complaints(), [])
})
