import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { startApp } from '../../test/app.ts'
import { startBrowser, withoutBrowser } from '../../test/browser.ts'
import { startSite } from '../../test/site.ts'
import { limits } from '../limits.ts'

const skip = withoutBrowser()

test(
  'Jane, without JavaScript, writes with a file, corrects herself and is thanked; the team has it all',
  { skip },
  async (t) => {
    const { app, inbox } = await startApp(t)
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const fields = [{ name: 'orderNumber', label: 'Order number', required: true }]
    const { channel } = (await inbox.post('/channels', { kind: 'FORM', name: 'Contact us', fields })).body
    const browser = await startBrowser(t)
    const context = await browser.newContext({ javaScriptEnabled: false, locale: 'en-GB' })
    const page = await context.newPage()
    const url = `http://127.0.0.1:${port}/forms/${channel.id}`
    await page.goto(url)
    assert.equal(await page.locator('h1').innerText(), 'Contact us')

    const bytes = randomBytes(1_500_000)
    const choose = () =>
      page
        .locator('[name=files]')
        .setInputFiles({ name: 'Rechnung "März".pdf', mimeType: 'application/pdf', buffer: bytes })
    await page.getByLabel('Your name').fill('Jane Doe')
    await page.getByLabel('Your email address').fill('jane@example')
    await page.getByLabel('Order number').fill('4711 "x" <b>')
    await page.getByLabel('Message').fill('Where is my parcel?\n\nמה שלומך')
    await page.getByLabel('Your email address').fill('jane at example.com')
    await choose()
    await setTimeout(limits.formLeast)
    await page.getByRole('button', { name: 'Send' }).click()

    const alert = page.getByRole('alert')
    assert.match(await alert.innerText(), /Not sent yet[^]*Invalid email address format[^]*choose your files again/)
    assert.equal(await page.getByLabel('Order number').inputValue(), '4711 "x" <b>')
    assert.equal(await page.getByLabel('Message').inputValue(), 'Where is my parcel?\n\nמה שלומך')
    await page.getByLabel('Your email address').fill('jane@example.com')
    await choose()
    await page.getByRole('button', { name: 'Send' }).click()
    assert.equal(await page.locator('h1').innerText(), 'Thank you')
    assert.equal(page.url(), `${url}/thanks`)
    await page.reload()
    // back, and the same page is sent once more
    await page.goBack()
    await page.getByLabel('Your email address').fill('jane@example.com')
    await choose()
    await page.getByRole('button', { name: 'Send' }).click()
    assert.equal(await page.locator('h1').innerText(), 'Thank you')

    const { items } = (await inbox.get('/customers')).body.customers
    assert.equal(items.length, 1)
    const [{ contact, latestThread, threadCount }] = items
    assert.deepEqual([contact.name, contact.email, threadCount], ['Jane Doe', 'jane@example.com', 1])
    assert.equal((await inbox.get(`/contacts/${contact.id}`)).body.contact.source, 'FORM')
    const path = `/conversations/${latestThread.id}/messages`
    const [message] = (await inbox.get(path)).body.thread.messages.items
    assert.equal(message.contentText, 'Where is my parcel?\n\nמה שלומך\n\nOrder number: 4711 "x" <b>')
    assert.deepEqual(message.attachments, [
      { number: 1, name: 'Rechnung "März".pdf', contentType: 'application/pdf', size: bytes.length },
    ])
    const { secret } = await inbox.as({ scope: 'api_user' })
    const file = await fetch(
      `http://127.0.0.1:${port}/v1/workspaces/${inbox.workspaceId}/support/inbox${path}/${message.id}/attachments/1`,
      { headers: { authorization: `Bearer ${secret}` } },
    )
    assert.deepEqual(Buffer.from(await file.arrayBuffer()), bytes)
    const [found] = (await inbox.get('/search?q=parcel')).body.results.messages
    assert.equal(found.id, message.id)
  },
)

test('a page of another site posts by script and by form, and only where it is listed', { skip }, async (t) => {
  const { app, inbox } = await startApp(t)
  const server = await app.listen({ port: 0, host: '127.0.0.1' })
  const shop = (await startSite(t, server)).url
  const make = async (origin: string) => {
    const fields = [{ name: 'orderNumber', label: 'Order number' }]
    const returnTo = `${shop}/thanks`
    const wanted = { kind: 'FORM', name: 'Shop', fields, allowedOrigins: [origin], returnTo }
    return `${server}/forms/${(await inbox.post('/channels', wanted)).body.channel.id}`
  }
  const browser = await startBrowser(t)
  const page = await (await browser.newContext()).newPage()
  await page.goto(shop)
  const posted = (url: string) =>
    page.evaluate(
      `fetch(${JSON.stringify(url)}, {method: 'POST', headers: {'content-type': 'application/json'},
        body: JSON.stringify({email: 'jane@example.com', message: 'By script'})}).then((r) => r.status, () => 'refused')`,
    )
  assert.equal(await posted(await make(shop)), 201)
  assert.equal(await posted(await make('https://shop.example')), 'refused')
  const example = readFileSync(join(import.meta.dirname, '../../examples/website.html'), 'utf8')
  await page.setContent(example.replace('http://127.0.0.1:3000/forms/chn_…', await make(shop)).replace(/<script.*/, ''))
  await page.getByLabel('Email address').fill('joe@example.com')
  await page.getByLabel('Message').fill('By form')
  await page.getByRole('button', { name: 'Send' }).click()
  await page.waitForURL(`${shop}/thanks`)
  const { items } = (await inbox.get('/customers')).body.customers
  assert.deepEqual(
    items.map(({ contact }: { contact: { lastMessagePreview: string } }) => contact.lastMessagePreview).sort(),
    ['By form', 'By script'],
  )
})
