import type { Page } from 'playwright-core'
import { customerWrites, makeConversation } from '../test/make.ts'
import { startPage } from '../test/page.ts'
import { leave, pictureFile, t } from './stage.ts'

// node scripts/page-pictures.ts: the pictures of the inbox page, as it is served.

const { inbox, address, agent } = await startPage(t)

/** From the one that wrote first to the one that wrote last. */
const talks: [name: string, subject: string, text: string][] = [
  ['Ines Duarte', 'Change of address', 'We are moving in May. Where can I change the delivery address?'],
  ['محمد علي', 'سؤال عن الفاتورة', 'مرحبًا، لا أجد فاتورة الشهر الماضي. هل يمكنكم إرسالها مرة أخرى؟'],
  ['Tom Okafor', 'Gift card', 'Can I pay with two gift cards at once?'],
  ['Noor van Dijk', 'Invoice 2041', 'The VAT number on the invoice is still our old one.'],
  ['Kenji Mori', '配送について', '注文した商品はいつ届きますか。'],
  ['Lena Fischer', 'Frost on the balcony', 'Do the rosemary plants survive a night at minus three?'],
  ['Jane Doe', 'My basil arrived with brown leaves', 'Hello,\n\nthe basil arrived today and its leaves are brown.'],
]
for (const [i, [name, subject, text]] of talks.entries()) {
  const { id, contactId } = await makeConversation(inbox, {
    email: `customer${i}@example.com`,
    subject,
    text: 'Hello!',
  })
  await inbox.patch(`/contacts/${contactId}`, { name })
  await customerWrites(inbox, id, text)
  if (name === 'Noor van Dijk') await inbox.put(`/conversations/${id}/read`)
}
const [{ id: open }] = (await inbox.get('/conversations?limit=1')).body.conversations.items
await inbox.post(`/conversations/${open}/messages`, {
  contentText:
    'Oh no! Please cut the brown ones off and water it from below. If that does not help, we send a new one.',
})
await inbox.post(`/conversations/${open}/messages`, {
  contentText: 'Third one from that batch: ask the nursery.',
  note: true,
})
await customerWrites(inbox, open, 'Thank you, I will try that. It stands by the window now.')

const take = async (page: Page, name: string) => {
  await page.mouse.move(0, 0)
  await page.screenshot({ path: pictureFile(`inbox-${name}`) })
}

const ada = await agent('Ada', { reducedMotion: 'reduce', viewport: { width: 1280, height: 800 } })
const { page } = ada
await page.goto(`${address}/inbox/open/${open}`)
await page.getByText('It stands by the window now.').last().waitFor()
await take(page, 'light')
await page.emulateMedia({ colorScheme: 'dark' })
await take(page, 'dark')
await page.emulateMedia({ colorScheme: 'light' })
await page.keyboard.press('/')
await page.getByRole('combobox').fill('invoice')
await page.getByRole('option').first().waitFor()
await take(page, 'search')
await page.keyboard.press('Escape')
await page.setViewportSize({ width: 390, height: 780 })
await page.goto(`${address}/inbox/open`)
await page.getByText('Jane Doe').first().waitFor()
await take(page, 'phone')
await leave()
