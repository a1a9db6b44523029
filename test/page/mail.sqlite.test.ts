import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type TestContext } from 'node:test'
import { sql } from '../../server/db/sql.ts'
import { withoutBrowser } from '../browser.ts'
import { startChat } from '../chat.ts'
import { mail, makeConversation } from '../make.ts'
import { startPage } from '../page.ts'

const skip = withoutBrowser()

/** What sends a request, or runs `x`, wherever it is taken for more than text. After DOMPurify's and Roundcube's tests. */
const attacks = (evil: string) => {
  const run = 'top.pwned=1;window.pwned=1'
  return [
    `<script>${run}</script><script src="${evil}/a.js"></script>`,
    `<img src=x onerror="${run}"><img src="${evil}/b.png" srcset="${evil}/c.png 2x">`,
    `<svg onload="${run}"><svg/onload=${run}><svg><script>${run}</script></svg>`,
    `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=${run}&gt;">`,
    `<form><math><mtext></form><form><mglyph><style></math><img src onerror=${run}>`,
    `<svg></p><style><a id="</style><img src=1 onerror=${run}>">`,
    `<noscript><p title="</noscript><img src=x onerror=${run}>">`,
    `<math><annotation-xml encoding="text/html"><style><img src=x onerror="${run}"></style></annotation-xml></math>`,
    `<select><template><img src=x onerror=${run}></template></select><xmp><img src=x onerror=${run}></xmp>`,
    `<a href="javascript:${run}">one</a><a href="JaVa&#x0A;ScRiPt:${run}">two</a><a href="data:text/html,<script>${run}</script>">three</a>`,
    `<iframe src="${evil}/d"></iframe><iframe srcdoc="<script>${run}</script>"></iframe><object data="${evil}/e"></object><embed src="${evil}/f">`,
    `<base href="${evil}/"><img src="g.png"><meta http-equiv="refresh" content="0;url=${evil}/h">`,
    `<link rel="stylesheet" href="${evil}/i.css"><link rel="prefetch" href="${evil}/j"><link rel="dns-prefetch" href="${evil}">`,
    `<style>@import "${evil}/k.css";body{background:url(${evil}/l.png)}</style><p style="background:url(${evil}/m.png)">styled</p>`,
    `<input autofocus onfocus="${run}"><details open ontoggle="${run}"><summary>s</summary></details><marquee onstart="${run}">m</marquee>`,
    `<video poster="${evil}/n.png" src="${evil}/o.mp4"><source onerror="${run}"></video><audio src="${evil}/p.mp3" autoplay></audio>`,
    `<form action="${evil}/q"><button formaction="javascript:${run}">send</button><input type=image src="${evil}/r.png"></form>`,
    `<table background="${evil}/s.png"><tr><td background="${evil}/t.png">cell</td></tr></table><body background="${evil}/u.png">`,
    `<svg><image href="${evil}/v.png"/><use href="data:image/svg+xml,<svg onload=${run}>"/><a><animate attributeName=href values=javascript:${run} /><text>x</text></a></svg>`,
    `<picture><source srcset="${evil}/w.png"><img src="//${new URL(evil).host}/x.png"></picture><image src="${evil}/y.png">`,
    `<div style="position:fixed;inset:0;z-index:99999;background:red">over everything</div><div id="page" class="fixed inset-0">clobbered</div>`,
    `<form id="createElement"><input name="attributes"><img name="body"><img name="getElementById"></form>`,
    `<img src="cid:nobody@example.com"><img src="attachment:99"><img src="attachment:1/../../../../session">`,
    `<a href="${evil}/z" target="_top" ping="${evil}/ping">four</a><a href="${evil}/z" target="_parent">five</a>`,
  ]
}

/** A server that must never hear of anything. */
const startStranger = async (t: TestContext) => {
  const asked: string[] = []
  const server = createServer(({ url }, response) => {
    asked.push(url ?? '')
    response.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

test('mails of strangers', { skip }, async (t) => {
  const { inbox, db, send, agent, address } = await startPage(t)
  const { page, context } = await agent('Ada')
  const { url: evil, asked: foreign } = await startStranger(t)
  page.on('dialog', (dialog) => void dialog.dismiss())
  const frames = page.locator('iframe[title="Mail of Mallory"]')

  /** Opens the conversation and waits until its mail is on the screen. */
  const open = async (id: string, text: string) => {
    await page.goto(`${address}/inbox/open/${id}`)
    await frames.first().contentFrame().getByText(text).first().waitFor()
  }

  const assertUnharmed = async () => {
    assert.deepEqual(foreign, [])
    for (const frame of page.frames()) assert.equal(await frame.evaluate('window.pwned'), undefined)
    assert.equal(new URL(page.url()).origin, address)
    assert.equal(context.pages().length, 1)
    const pane = (await page.getByRole('log').boundingBox())!
    for (const frame of await frames.all()) {
      const box = (await frame.boundingBox())!
      assert.ok(box.x >= pane.x && box.x + box.width <= pane.x + pane.width)
    }
    // what lies over everything of the mail lies over nothing of the page
    assert.ok(await page.evaluate("document.elementFromPoint(100, 100).closest('nav') !== null"))
  }

  const payloads = attacks(evil)
  await t.test('one mail with everything, as it comes by SMTP: nothing runs and nothing is fetched', async () => {
    const html = `<p>Hello</p>${payloads.join('<hr>')}<p>The last words</p>`
    await send(
      Buffer.from(
        `From: Mallory <mallory@example.com>\r\nTo: help@example.com\r\nSubject: Attack\r\nMessage-ID: <1@evil.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n${html}\r\n`,
      ),
    )
    const { id } = (await inbox.get('/conversations')).body.conversations.items[0]
    await open(id, 'Hello')
    await assertUnharmed()
  })

  await t.test('each attack, put behind the back of the cleaning: frame and policy stop it alone', async () => {
    const { id } = await makeConversation(inbox, { email: 'mallory@example.com', subject: 'Raw' })
    for (const [i, payload] of payloads.entries()) {
      const { body } = await inbox.post(`/conversations/${id}/messages`, {
        direction: 'INBOUND',
        contentText: 'x',
        contentHtml: '<p>x</p>',
      })
      const html = `<p>first ${i}</p>${payload}`
      await db.run(sql`update messages set content_html = ${html} where id = ${body.message.id}`)
    }
    await page.goto(`${address}/inbox/open/${id}`)
    for (const i of payloads.keys()) await frames.nth(i).contentFrame().getByText(`first ${i}`).waitFor()
    await assertUnharmed()
    for (const frame of page.frames().slice(1))
      for (const link of await frame.locator('a[href^="javascript" i], a[href^="data" i]').all())
        await link.click({ force: true })
    for (const opened of context.pages().slice(1)) await opened.close()
    await assertUnharmed()
  })

  await t.test('pictures of others load when an agent asks for them, and not before', async () => {
    const { id } = await makeConversation(inbox, { email: 'mallory@example.com', subject: 'Pictures' })
    await inbox.post(`/conversations/${id}/messages`, {
      direction: 'INBOUND',
      contentText: 'x',
      contentHtml: `<p>Look</p><img src="${evil}/asked.png" width="10" height="10">`,
    })
    await open(id, 'Look')
    assert.deepEqual(foreign, [])
    const asked = page.waitForResponse(`${evil}/asked.png`)
    await page.getByRole('button', { name: 'Show images' }).click()
    await asked
    assert.deepEqual(foreign, ['/asked.png'])
  })
})

test('files go with a reply byte for byte and none is lost; it is said where a reply goes', { skip }, async (t) => {
  const started = await startPage(t)
  const { inbox, world, send, agent, address } = started
  const { page } = await agent('Ada')
  await send(mail({ From: 'Jane <jane@example.com>', To: 'help@example.com', Subject: 'My invoice' }))
  const { id } = (await inbox.get('/conversations')).body.conversations.items[0]
  await page.goto(`${address}/inbox/open/${id}`)
  const text = page.getByLabel('Reply to Jane')
  await text.fill('Here it is.')
  const files = page.getByRole('list', { name: 'Files to send' })
  const invoice = Buffer.from(Array.from({ length: 70_000 }, (_, i) => i % 256))
  const choose = page.locator('input[type=file]')
  await choose.setInputFiles([
    { name: 'Rechnung für März.pdf', mimeType: 'application/pdf', buffer: invoice },
    { name: 'wrong.txt', mimeType: 'text/plain', buffer: Buffer.from('wrong') },
  ])
  await files.getByText('70 KB').waitFor()
  await files.getByRole('button', { name: 'Remove wrong.txt' }).click()
  await page.evaluate(`{
    const holding = (text, name) => {
      const data = new DataTransfer()
      data.items.add(new File([text], name, { type: 'text/plain' }))
      return data
    }
    const given = { bubbles: true, cancelable: true }
    const pasted = { ...given, clipboardData: holding('pasted', 'pasted.txt') }
    document.querySelector('textarea').dispatchEvent(new ClipboardEvent('paste', pasted))
    const dropped = { ...given, dataTransfer: holding('dropped', 'dropped.txt') }
    document.body.dispatchEvent(new DragEvent('drop', dropped))
  }`)
  for (const name of ['pasted.txt', 'dropped.txt']) await files.getByText(name).waitFor()
  assert.equal(await files.getByText('wrong.txt').count(), 0)

  await choose.setInputFiles(
    Array.from({ length: 8 }, (_, i) => ({ name: `${i}.txt`, mimeType: 'text/plain', buffer: Buffer.from('x') })),
  )
  await page.getByText('7.txt was not added: a message takes up to 10 files, 25 MB in all.').waitFor()
  // a button stays that of its file: a second click that follows at once removes no other
  const next = await files.getByRole('button', { name: 'Remove 1.txt' }).elementHandle()
  for (let i = 0; i < 7; i += 1) {
    await files.getByRole('button', { name: `Remove ${i}.txt` }).click()
    await files.getByText(`${i}.txt`).waitFor({ state: 'detached' })
    if (i === 0) assert.equal(await next?.getAttribute('aria-label'), 'Remove 1.txt')
  }

  // the files of a reply are none of a note's
  await page.getByRole('button', { name: 'Internal note' }).click()
  assert.equal(await files.count(), 0)
  await page.getByRole('button', { name: 'Reply', exact: true }).click()

  await page.route('**/messages', (route) => (route.request().method() === 'POST' ? route.abort() : route.continue()))
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await page.getByText('Not sent: The server cannot be reached.').waitFor()
  await page.unroute('**/messages')
  // another screen in between
  await page.getByRole('link', { name: 'Contacts' }).click()
  await page.goBack()
  assert.equal(await text.inputValue(), 'Here it is.')
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await page.getByText('Rechnung für März.pdf').last().waitFor()
  await files.waitFor({ state: 'detached' })

  const { attachments, text: sent } = await world.nth(1)
  assert.equal(sent?.trim(), 'Here it is.')
  assert.deepEqual(
    attachments.map(({ filename, mimeType, content }) => [filename, mimeType, Buffer.from(content as ArrayBuffer)]),
    [
      ['Rechnung für März.pdf', 'application/pdf', invoice],
      ['pasted.txt', 'text/plain', Buffer.from('pasted')],
      ['dropped.txt', 'text/plain', Buffer.from('dropped')],
    ],
  )
  // a visitor of whom no address is known is answered where they are
  await (await (await startChat(started, inbox)).visitor()).say('Hello?')
  await page.getByRole('region', { name: 'Conversations' }).getByText('Hello?').first().click()
  await page.getByText('In the chat').waitFor()
  assert.equal(await page.getByText('no-address.invalid').count(), 0)
})
