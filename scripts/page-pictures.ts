import { mock } from 'node:test'
import type { Page } from 'playwright-core'
import { customerWrites, mail, withFiles } from '../test/make.ts'
import { startPage } from '../test/page.ts'
import { leave, pictureFile, t } from './stage.ts'

// node scripts/page-pictures.ts: the pictures of docs/inbox.md, of the page as it is served.

const { inbox, address, agent, send, conversations } = await startPage(t)
const ada = await agent('Ada', { reducedMotion: 'reduce' })
const grace = await agent('Grace')
const { page } = ada

/** Of a page that nothing moves or points at any more. */
const take = async (page: Page, name: string) => {
  await page.mouse.move(0, 0)
  await page.screenshot({ path: pictureFile(`inbox-${name}`) })
}

await page.getByText('First steps').first().waitFor()
await take(page, 'first-steps')

const minute = 60_000
const now = Date.now()
mock.timers.enable({ apis: ['Date'], now })
const itIs = (minutesAgo: number) => mock.timers.setTime(now - minutesAgo * minute)

/** From the one that wrote first to the one that wrote last. */
const talks: [minutesAgo: number, name: string, subject: string, text: string][] = [
  [4400, 'Ines Duarte', 'Change of address', 'We are moving in May. Where can I change the delivery address?'],
  [2900, 'محمد علي', 'سؤال عن الفاتورة', 'مرحبًا، لا أجد فاتورة الشهر الماضي. هل يمكنكم إرسالها مرة أخرى؟'],
  [1500, 'Tom Okafor', 'Gift card', 'Can I pay with two gift cards at once?'],
  [340, 'Noor van Dijk', 'Invoice 2041', 'The VAT number on the invoice is still our old one.'],
  [200, 'Élodie Marchand', 'Livraison samedi', 'Pouvez-vous livrer samedi matin plutôt que vendredi ?'],
  [130, 'Lena Fischer', 'Frost on the balcony', 'Do the rosemary plants survive a night at minus three?'],
  [95, 'Jane Doe', 'My basil arrived with brown leaves', 'Hello,\n\nthe basil arrived today and its leaves are brown.'],
]
for (const [i, [minutesAgo, name, subject, text]] of talks.entries()) {
  itIs(minutesAgo)
  const headers = { To: 'help@example.com', 'Content-Type': 'text/plain; charset=utf-8' }
  const from = name === 'Jane Doe' ? 'jane.doe' : `customer${i}`
  await send(mail({ From: `${name} <${from}@example.com>`, Subject: subject, ...headers }, text))
}
const [open, , , invoice, card] = await conversations()
await inbox.put(`/conversations/${invoice.id}/read`)
await inbox.put(`/conversations/${invoice.id}/assignment`, { agentId: grace.id })
await inbox.put(`/conversations/${card.id}/assignment`, { agentId: ada.id })
await inbox.put(`/conversations/${open.id}/assignment`, { agentId: ada.id })
itIs(70)
await grace.post(`/conversations/${open.id}/messages`, {
  contentText: 'Third one from that batch: I ask the nursery.',
  note: true,
})
itIs(64)
const answer = 'Oh no! Please cut the brown ones off and water it from below. If that does not help, we send a new one.'
const leaflet = new File([Buffer.alloc(182_400)], 'care-for-basil.pdf', { type: 'application/pdf' })
await ada.post(`/conversations/${open.id}/messages`, ...(await withFiles({ contentText: answer }, leaflet)))
itIs(3)
await customerWrites(inbox, open.id, 'Thank you, I will try that. It stands by the window now.')
mock.timers.reset()

await page.goto(`${address}/inbox/open/${open.id}`)
await page.getByText('It stands by the window now.').last().waitFor()
await page.getByText('Sent').waitFor()
await take(page, 'light')
await page.emulateMedia({ colorScheme: 'dark' })
await take(page, 'dark')
await page.emulateMedia({ colorScheme: 'light' })
await page.keyboard.press('/')
await page.getByRole('combobox').fill('invoice')
await page.getByRole('option').first().waitFor()
await take(page, 'search')
await page.keyboard.press('Escape')
const fields = [{ name: 'orderNumber', label: 'Order number', required: true }]
await inbox.post('/channels', { kind: 'FORM', name: 'Ask about your order', fields })
await ada.go('/settings/channels', 'Channels')
await page.getByRole('button', { name: 'Edit Ask about' }).click()
await page.getByRole('figure').scrollIntoViewIfNeeded()
await take(page, 'channel')
await page.keyboard.press('Escape')
await page.setViewportSize({ width: 390, height: 780 })
await page.goto(`${address}/inbox/open`)
await page.getByText('Jane Doe').first().waitFor()
await take(page, 'phone')
await leave()
