import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { startApp } from '../test/app.ts'
import { startBrowser } from '../test/browser.ts'
import { startSite } from '../test/site.ts'
import { leave, pictureFile, t } from './stage.ts'

// node scripts/chat-pictures.ts: the pictures of docs/chat.md, of the real widget before a real server.

const { app, inbox } = await startApp(t, { onSqlite: true })
const server = await app.listen({ port: 0, host: '127.0.0.1' })
const site = await startSite(t, server)
const made = await inbox.post('/channels', { kind: 'CHAT', name: 'Website', allowedOrigins: [site.url] })
const key = made.body.channel.publishableKey as string
const ada = await inbox.as({ scope: 'user', agent: 'Ada' })
const browser = await startBrowser(t)

const shop = `<style>
  :root { color-scheme: light dark; font-family: Georgia, serif }
  body { margin: 0 } main { max-width: 46rem; margin: 2.5rem auto; padding: 0 2rem; line-height: 1.6 }
  h1 { font-size: 2.2rem } .row { display: flex; gap: 1rem } .row div { flex: 1; height: 9rem; border-radius: 10px; background: #c9d6cf }
  @media (prefers-color-scheme: dark) { .row div { background: #3a4a43 } }
</style>`
const english = `<h1>Garden &amp; Green</h1><p>Everything for your balcony. Seeds, soil and tools,
delivered in two days.</p><div class="row"><div></div><div></div><div></div></div><p>Our herbs are grown in peat-free soil.</p>`
const arabic = `<h1>حديقة خضراء</h1><p>كل ما تحتاجه لشرفتك: بذور وتربة وأدوات، تصلك خلال يومين.</p>
<div class="row"><div></div><div></div><div></div></div>`

interface Picture {
  name: string
  width?: number
  height?: number
  isDark?: boolean
  lang?: string
  says?: [string, string][]
  isOpen?: boolean
}

/** A visitor of their own for each picture, in a browser of their own. */
const take = async ({ name, width = 760, height = 680, isDark, lang = 'en', says = [], isOpen = true }: Picture) => {
  site.serve({
    lang,
    head: shop,
    body: lang === 'ar' ? `<div dir="rtl">${arabic}</div>` : english,
    data: { 'publishable-key': key },
  })
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: isDark ? 'dark' : 'light',
    deviceScaleFactor: 1,
    locale: lang,
  })
  const page = await context.newPage()
  await page.goto(site.url)
  await page.locator('.launcher').waitFor()
  if (isOpen) await page.locator('.launcher').click()
  for (const [question, answer] of says) await exchange(page, question, answer)
  await page.mouse.move(0, 0)
  await sleep(600)
  await page.screenshot({ path: pictureFile(`chat-${name}`) })
  await context.close()
}

const exchange = async (page: Page, question: string, answer: string) => {
  await page.locator('textarea').fill(question)
  await page.keyboard.press('Enter')
  await page.locator('li.own:not(.waiting)', { hasText: question }).waitFor()
  const { conversations } = (await inbox.get('/conversations?limit=1')).body
  await ada.post(`/conversations/${conversations.items[0].id}/messages`, { contentText: answer })
  await page.locator('li.theirs', { hasText: answer.slice(0, 20) }).waitFor()
}

const talk: [string, string][] = [
  ['My basil arrived with brown leaves.', 'Oh no! Please cut them off and water it from below.'],
  ['Thanks! And if that does not help?', 'Then we send you a new one: https://garden.example/returns'],
]
const arabicTalk: [string, string][] = [['مرحبًا، متى تصل طلبيتي؟', 'أهلًا بك! ستصل غدًا قبل الظهر.']]

await take({ name: 'closed', isOpen: false })
await take({ name: 'open' })
await take({ name: 'conversation', says: talk })
await take({ name: 'dark', says: talk, isDark: true })
await take({ name: 'right-to-left', lang: 'ar', says: arabicTalk })
await take({ name: 'phone', width: 390, height: 680, says: talk })
await leave()
