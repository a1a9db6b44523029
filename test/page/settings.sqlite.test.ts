import assert from 'node:assert/strict'
import test from 'node:test'
import { withoutBrowser } from '../browser.ts'
import { mail, makeConversation, mbox } from '../make.ts'
import { pick, startPage, violationsOn } from '../page.ts'

const skip = withoutBrowser()

test('an admin opens a chat, makes a key that is shown once, saves a reply and uses it', { skip }, async (t) => {
  const { inbox, address, ask, agent } = await startPage(t)
  const { page, go, complaints } = await agent('Ada')
  await go('/settings/channels', 'Channels')
  await page.getByRole('button', { name: 'Add a channel' }).click()
  await pick(page, 'Kind', 'Chat on your pages')
  await page.getByLabel('Name').fill('Website')
  await page.getByLabel('Your pages').fill('https://shop.example')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByText('It is shown this once.').waitFor()
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByText(`<script async src="${address}/embeds/v1/support-widget.js" data-publishable-key="pk_`).waitFor()

  await go('/settings/keys', 'API keys')
  await page.getByRole('button', { name: 'Make a key' }).click()
  await page.getByLabel('Name').fill('Nightly report')
  await page.getByRole('button', { name: 'Make it' }).click()
  const secret = await page.getByLabel('API key', { exact: true }).innerText()
  assert.equal(
    (await ask('GET', `/v1/workspaces/${inbox.workspaceId}/support/inbox/agents`, { key: secret })).status,
    200,
  )
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('button', { name: 'Revoke Nightly report' }).click()
  await page.getByRole('button', { name: 'Revoke it' }).click()
  // by its label: what is below an open dialog has no role
  await page.getByLabel('Revoke Nightly report').waitFor({ state: 'detached' })
  assert.equal(
    (await ask('GET', `/v1/workspaces/${inbox.workspaceId}/support/inbox/agents`, { key: secret })).status,
    401,
  )

  // more than a page of the API
  for (let i = 100; i < 201; i += 1)
    await inbox.post('/saved-replies', { title: `Reply ${i}`, shortcut: `reply-${i}`, contentText: 'x' })
  await go('/settings/saved-replies', 'Saved replies')
  await page.getByText('/reply-200').waitFor()
  await page.getByRole('button', { name: 'Save a reply' }).click()
  await page.getByLabel('Title').fill('Thanks')
  await page.getByLabel('Shortcut').fill('thanks')
  await page.getByLabel('Text').fill('Thank you for writing to us!')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('/thanks').waitFor()
  const { id } = await makeConversation(inbox, { email: 'tom@example.com', subject: 'A wish' })
  await go(`/inbox/open/${id}`, 'A wish')
  await page.keyboard.press('r')
  await page.keyboard.type('/tha')
  await page.getByRole('option', { name: 'Thanks' }).waitFor()
  await page.keyboard.press('Enter')
  assert.equal(await page.getByLabel('Reply to tom').inputValue(), 'Thank you for writing to us!')
  assert.deepEqual(complaints(), [])
})

test('files are imported with progress and a report, which names a row that cannot be read', { skip }, async (t) => {
  const { inbox, agent } = await startPage(t)
  const { page, go, complaints } = await agent('Ada')
  await go('/settings/import', 'Import')
  await page.getByText('Nothing was imported yet').waitFor()
  assert.equal(await page.getByLabel('Addresses of your team').inputValue(), 'help@example.com')
  const mails = Array.from({ length: 200 }, (_, i) =>
    mail({ From: `P${i} <p${i}@example.org>`, Subject: `Old ${i}`, 'Message-ID': `<old${i}@example.org>` }),
  )
  const choose = page.getByLabel('Choose a file')
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), choose.press('Enter')])
  await chooser.setFiles({ name: 'archive.mbox', mimeType: '', buffer: mbox(mails) })
  await page.getByRole('progressbar', { name: 'Import of archive.mbox' }).waitFor()
  // an import gives way to all else that the machine does
  await page.getByText('200 read, 200 stored, 0 already there, 0 failed.').waitFor({ timeout: 120_000 })
  const rows = Buffer.from('email,name,Size\njane@example.org,Jane,L\nnobody,Bob,S\n')
  await choose.setInputFiles({ name: 'contacts.csv', mimeType: 'text/csv', buffer: rows })
  const review = page.getByRole('table')
  await review.getByText('jane@example.org').waitFor()
  assert.deepEqual(await violationsOn(page), [])
  assert.equal((await inbox.get('/search?q=jane@example.org')).body.results.contacts.length, 0)
  await pick(page, 'Use email as', 'Leave out')
  await page.getByText('Choose the column with the email address.').waitFor()
  assert.ok(await page.getByRole('button', { name: 'Import', exact: true }).isDisabled())
  await pick(page, 'Use email as', 'Email address')
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  await page.getByText('2 read, 1 stored, 0 already there, 1 failed.').waitFor()
  await page.getByText('Columns that were not used: Size.').waitFor()
  await page.getByText('What went wrong').click()
  await page.getByText('line 3: "nobody" is not an email address').waitFor()
  assert.deepEqual(await violationsOn(page), [])
  await choose.setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('nothing') })
  await page.getByRole('alert').getByText('notes.txt is not known to be importable').waitFor()
  // as a browser does when it is let go of on the page
  const drag = await page.evaluateHandle<any>(`(() => {
    const data = new DataTransfer()
    data.items.add(new File(['email,name\\nomar@example.org,Omar\\n'], 'dropped.csv', { type: 'text/csv' }))
    return data
  })()`)
  const target = page.getByText('or drop one here')
  for (const type of ['dragenter', 'dragover', 'drop']) await target.dispatchEvent(type, { dataTransfer: drag })
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  await page.getByText('1 read, 1 stored, 0 already there, 0 failed.').waitFor()
  await choose.setInputFiles({ name: 'again.csv', mimeType: 'text/csv', buffer: rows })
  await page.getByRole('button', { name: 'Discard' }).click()
  await review.waitFor({ state: 'detached' })
  assert.equal((await inbox.get('/search?q=omar@example.org')).body.results.contacts[0].name, 'Omar')
  assert.equal(new URL(page.url()).pathname, '/settings/import')
  assert.equal((await inbox.get('/conversations?status=CLOSED&limit=1')).body.conversations.hasMore, true)
  assert.deepEqual(complaints(/status of 400/), [])
})
