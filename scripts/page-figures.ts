import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { copyOf, dataOf, openData } from '../bench/data.ts'
import { generate } from '../bench/generate.ts'
import { ask, inboxAt, serve } from '../bench/product.ts'
import { median } from '../bench/versus.ts'
import { sql } from '../server/db/sql.ts'
import { inviteFirstAdmin } from '../server/welcome.ts'
import { freshFolder } from '../test/app.ts'
import { startBrowser } from '../test/browser.ts'
import { mail } from '../test/make.ts'
import { deliver } from '../test/smtp.ts'
import { leave, t } from './stage.ts'

// node scripts/page-figures.ts [--many FOLDER]: how long people wait for the inbox page, as docs/inbox.md says.

const { values } = parseArgs({
  options: {
    /** Instead of the demo's inbox one with 100,000 open conversations, for the list alone; made once, and kept there. */
    many: { type: 'string' },
  },
})

const temporary = await freshFolder(t)

/** The inbox of `npm run demo`. */
const demo = async () => {
  const env = { DATA_DIR: join(temporary, 'data') }
  const db = await openData(env)
  const { key } = await generate(db, { contacts: 2000, messages: 10_000, workspaces: 1, seed: 1 })
  await db.close()
  return { env, key }
}

const { env, key } =
  values.many === undefined
    ? await demo()
    : copyOf(await dataOf(values.many, { messages: 400_000, workspaces: 1 }), temporary)
const db = await openData(env)
const { token } = await db.transaction((tx) => inviteFirstAdmin(tx, key.workspaceId))
if (values.many !== undefined) await db.run(sql`update conversations set status = 'OPEN'`)
await db.close()
const { hello, stop } = await serve({ temporary, env: { ...env, SMTP_PORT: '0' } })
const { address, smtpPort } = hello as { address: string; smtpPort: number }
t.after(stop)

const browser = await startBrowser(t)
const context = await browser.newContext({ locale: 'en', viewport: { width: 1280, height: 800 } })
const page = await context.newPage()
await page.goto(`${address}/invitation/${token}`)
await page.getByLabel('Your name').fill('Ada')
await page.getByLabel('Email').fill('ada@team.example')
await page.getByLabel('Password').fill('correct horse battery')
await page.keyboard.press('Enter')
await page.locator('[data-index="0"] a').waitFor()

// `seen` resolves to when what it is asked for was about to be painted
await context.addInitScript(`
  window.seen = (is) => new Promise((resolve) => {
    const look = () => (is() ? resolve(performance.now()) : requestAnimationFrame(look))
    look()
  })
`)

const say = (what: string, times: number[]) => {
  const [middle, worst] = [median(times), Math.max(...times)].map((ms) => ms.toFixed(0))
  process.stdout.write(`${what}: ${middle} ms in the middle, ${worst} ms at worst, of ${times.length} times\n`)
}

const usable = `new Promise((resolve) => {
  const look = () =>
    document.querySelector('[data-index="0"] a') ? resolve(performance.now()) : requestAnimationFrame(look)
  look()
})`

const navigations = async () => {
  const [first, again]: [number[], number[]] = [[], []]
  for (let i = 0; i < 10; i += 1) {
    // nothing kept from before but the cookie
    const fresh = await browser.newContext({ storageState: await context.storageState() })
    const tab = await fresh.newPage()
    for (const times of [first, again]) {
      await tab.goto(`${address}/inbox/open`, { waitUntil: 'commit' })
      times.push(await tab.evaluate<number>(usable))
      await sleep(500)
    }
    await fresh.close()
  }
  say('From navigation to a list that can be used, in a browser that was never here', first)
  say('The same, again', again)
}

const openings = async () => {
  const [ahead, without]: [number[], number[]] = [[], []]
  await page.goto(`${address}/inbox/open`)
  await page.locator('[data-index="20"] a').waitFor()
  for (let i = 0; i < 20; i += 1) {
    // a pointer that comes to rest on it before it clicks has its messages loaded ahead
    const times = i % 2 === 0 ? ahead : without
    const link = page.locator(`[data-index="${i}"] a`)
    if (times === ahead) await link.dispatchEvent('pointerover')
    await sleep(500)
    const time = await page.evaluate<number>(`(() => {
      const link = document.querySelector('[data-index="${i}"] a')
      const begin = performance.now()
      const subject = link.querySelector('.text-left').textContent
      link.click()
      const isThere = () =>
        document.querySelector('section h2')?.textContent === subject && document.querySelector('[role=log] article')
      return seen(isThere).then((end) => end - begin)
    })()`)
    times.push(time)
  }
  say('From a click on a conversation to its messages', ahead)
  say('The same by a click without a pointer above it before', without)
}

/** A conversation that has been going on for years, opened as if for the first time. */
const longOne = async () => {
  const messages = 2000
  const inbox = inboxAt(address, key)
  const start = { email: 'jane@example.org', subject: 'A long story', contentText: 'Message 1' }
  const { conversation } = JSON.parse((await ask(inbox, '/conversations', start)).body)
  for (let i = 2; i <= messages; i += 1)
    await ask(inbox, `/conversations/${conversation.id}/messages`, {
      contentText: `Message ${i}`,
      direction: 'INBOUND',
    })
  const times: number[] = []
  for (let i = 0; i < 10; i += 1) {
    await page.goto(`${address}/inbox/open`)
    await page.locator('[data-index="20"] a').waitFor()
    await sleep(500)
    const time = await page.evaluate<number>(`(() => {
      const begin = performance.now()
      document.querySelector('[data-index="0"] a').click()
      const isThere = () => {
        const newest = [...document.querySelectorAll('[role=log] article')].at(-1)
        if (!newest?.textContent.includes('Message ${messages}')) return false
        return newest.getBoundingClientRect().bottom <= document.querySelector('[role=log]').getBoundingClientRect().bottom
      }
      return seen(isThere).then((end) => end - begin)
    })()`)
    times.push(time)
  }
  say(`From a click on a conversation of ${messages} messages to its newest`, times)
}

const searches = async () => {
  const times: number[] = []
  const subjects = await page.locator('[data-index] a [dir=auto].text-left').allInnerTexts()
  const words = [...new Set(subjects.flatMap((subject) => subject.match(/\p{L}{4,}/gu) ?? []))].slice(0, 30)
  await page.keyboard.press('/')
  const field = page.getByRole('combobox')
  await field.waitFor()
  await page.evaluate(`
    document.querySelector('[role=combobox]').addEventListener('input', ({ target: { value } }) => {
      const begin = performance.now()
      if (value !== '')
        window.answer = seen(() => document.querySelector('[role=option] mark')).then((end) => end - begin)
    })
  `)
  for (const word of words) {
    await field.fill(word)
    times.push(await page.evaluate<number>('window.answer'))
    await field.fill('')
    await page.getByRole('option').first().waitFor({ state: 'detached' })
  }
  await page.keyboard.press('Escape')
  say('From a typed word to what it finds', times)
}

const arrivals = async () => {
  const times: number[] = []
  const inbox = inboxAt(address, key)
  await ask(inbox, '/channels', { kind: 'EMAIL', name: 'Help', email: 'help@example.com' })
  await page.goto(`${address}/inbox/open`)
  await page.locator('[data-index="0"] a').waitFor()
  for (let i = 0; i < 20; i += 1) {
    const subject = `Arrival number ${i}`
    const shown = page.evaluate<number>(
      `seen(() => document.querySelector('[data-index="0"]')?.textContent.includes('${subject}')).then(() => Date.now())`,
    )
    const raw = mail({ From: `Jane <jane${i}@example.org>`, To: 'help@example.com', Subject: subject })
    const begin = Date.now()
    await deliver({ port: smtpPort, to: 'help@example.com', raw })
    times.push((await shown) - begin)
  }
  say('From sending a mail to seeing it in the list', times)
}

/** Loads all of the list, then goes through it a screen a frame, and looks at each frame whether rows fill it. */
const scrolling = async () => {
  await page.goto(`${address}/inbox/open`)
  await page.locator('[data-index="0"] a').waitFor()
  const { rows, loaded, frames, blank, longest, passed } = await page.evaluate<Record<string, number>>(`(async () => {
    const frame = () => new Promise(requestAnimationFrame)
    const list = document.querySelector('[data-index]').parentElement
    const pane = list.parentElement
    const rows = () => Math.round(list.offsetHeight / 84)
    const begin = performance.now()
    while (rows() < 100_000) {
      pane.scrollTop = pane.scrollHeight
      await frame()
    }
    const loaded = performance.now() - begin
    let [frames, blank, longest, passed, last] = [0, 0, 0, 0, performance.now()]
    for (const [from, by] of [[0, 1], [50_000, 1], [100_000, -1]]) {
      pane.scrollTop = from * 84
      await frame()
      await frame()
      last = performance.now()
      for (let i = 0; i < 300; i += 1) {
        pane.scrollTop += by * pane.clientHeight
        const box = pane.getBoundingClientRect()
        const filled = [box.top + 2, box.bottom - 2].every((y) =>
          document.elementFromPoint(box.left + 20, y)?.closest('[data-index]'))
        frames += 1
        passed += Math.round(pane.clientHeight / 84)
        if (!filled) blank += 1
        await frame()
        longest = Math.max(longest, performance.now() - last)
        last = performance.now()
      }
    }
    return { rows: rows(), loaded, frames, blank, longest, passed }
  })()`)
  process.stdout.write(
    `${rows} conversations loaded in ${(loaded! / 1000).toFixed(1)} s; ${passed} scrolled past in ${frames} frames, ` +
      `${blank} of them with a blank, the longest ${longest!.toFixed(0)} ms\n`,
  )
}

if (values.many !== undefined) await scrolling()
else for (const measure of [navigations, openings, searches, arrivals, longOne]) await measure()
await leave()
