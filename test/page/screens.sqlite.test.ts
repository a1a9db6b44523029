import assert from 'node:assert/strict'
import test from 'node:test'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { withoutBrowser } from '../browser.ts'
import { customerWrites, mail, makeContact, makeConversation, mbox } from '../make.ts'
import { startPage } from '../page.ts'
import { tokenIn } from '../agents.ts'

const skip = withoutBrowser()
const patience = { timeout: 30_000 }

const found = async (page: Page): Promise<string[]> => {
  await page.evaluate(axe.source)
  const violations: any[] = await page.evaluate(async () => {
    const { violations } = await (globalThis as any).axe.run({ resultTypes: ['violations'] })
    return violations
  })
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node: any) => `${node.html} ${node.failureSummary}`).join(' ')}`,
  )
}

test('screens of the inbox page', { skip }, async (t) => {
  const started = await startPage(t)
  const { inbox, address, browser, agent } = started
  const talk = await makeConversation(inbox, { email: 'jane@example.com', subject: 'Where is my order?' })
  await customerWrites(inbox, talk.id, 'It is not here.\n\n> How can we help?')
  await inbox.post(`/conversations/${talk.id}/messages`, { contentText: 'Ask the carrier', note: true })
  await makeContact(inbox, { email: 'ali@example.com', name: 'محمد علي' })
  const ada = await agent('Ada', { reducedMotion: 'reduce' })
  const { page, complaints } = ada
  const go = async (path: string, heading: string) => {
    await page.goto(address + path)
    await page.getByRole('heading', { name: heading }).first().waitFor(patience)
  }

  await t.test(
    'somebody follows the link of an invitation, chooses a password, and later signs in with it',
    async () => {
      const { body } = await inbox.post('/agents', { name: 'Cleo', email: 'cleo@team.example' })
      const context = await browser.newContext({ locale: 'en' })
      const cleo = await context.newPage()
      const url = `${address}/invitation/${tokenIn(body.invitation.url)}`
      await cleo.goto(url)
      await cleo.getByRole('heading', { name: 'Welcome to Support' }).waitFor(patience)
      assert.deepEqual(await found(cleo), [])
      await cleo.getByLabel('Password').fill('correct horse battery')
      await cleo.getByRole('button', { name: 'Open the inbox' }).click()
      await cleo.getByRole('heading', { name: 'Open' }).waitFor(patience)
      assert.equal(new URL(cleo.url()).pathname, '/inbox/open')
      await cleo.getByRole('button', { name: /^Cleo ?: your account$/ }).click()
      await cleo.getByRole('menuitem', { name: 'Sign out' }).click()
      await cleo.getByRole('heading', { name: 'Sign in' }).waitFor(patience)
      assert.deepEqual(await found(cleo), [])
      await cleo.getByLabel('Email').fill('cleo@team.example')
      await cleo.getByLabel('Password').fill('wrong horse battery')
      await cleo.keyboard.press('Enter')
      await cleo.getByRole('alert').waitFor(patience)
      assert.equal(await cleo.getByLabel('Email').inputValue(), 'cleo@team.example')
      await cleo.getByLabel('Password').fill('correct horse battery')
      await cleo.keyboard.press('Enter')
      await cleo.getByRole('heading', { name: 'Open' }).waitFor(patience)
      // an agent has no settings of the workspace
      await cleo.goto(`${address}/settings/keys`)
      await cleo.getByText('There is nothing here').waitFor(patience)
      await cleo.goto(url)
      await cleo.getByText('This link does not work any more').waitFor(patience)
      await context.close()
    },
  )

  await t.test('axe finds nothing on any screen, in light and dark, wide and narrow', async () => {
    const screens: [path: string, heading: string][] = [
      ['/inbox/open', 'Open'],
      [`/inbox/open/${talk.id}`, 'Where is my order?'],
      ['/inbox/mine', 'Mine'],
      ['/contacts', 'Contacts'],
      [`/contacts/${talk.contactId}`, 'jane'],
      ['/settings/profile', 'Your profile'],
      ['/settings/saved-replies', 'Saved replies'],
      ['/settings/channels', 'Channels'],
      ['/settings/agents', 'Agents'],
      ['/settings/keys', 'API keys'],
      ['/settings/import', 'Import'],
    ]
    const violations: string[] = []
    const look = async (at: string) => violations.push(...(await found(page)).map((violation) => `${at}: ${violation}`))
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      for (const [path, heading] of screens) {
        await go(path, heading)
        await look(`${path} ${colorScheme}`)
      }
      await go(`/inbox/open/${talk.id}`, 'Where is my order?')
      await page.keyboard.press('n')
      await look(`a note, ${colorScheme}`)
      await page.keyboard.press('Escape')
      await page.keyboard.press('?')
      await page.getByRole('dialog', { name: 'Keys' }).waitFor(patience)
      await look(`the keys, ${colorScheme}`)
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached', ...patience })
      await page.keyboard.press('/')
      await page.getByRole('combobox').fill('order')
      await page.getByRole('option').first().waitFor(patience)
      await look(`search, ${colorScheme}`)
      await page.keyboard.press('Escape')
    }
    await page.emulateMedia({ colorScheme: 'light' })
    await page.setViewportSize({ width: 390, height: 780 })
    for (const path of ['/inbox/open', `/inbox/open/${talk.id}`, '/contacts', '/settings/channels']) {
      await page.goto(address + path)
      await page.getByRole('heading').first().waitFor(patience)
      await look(`${path} on a phone`)
      assert.ok((await page.evaluate<number>('document.documentElement.scrollWidth')) <= 390, path)
    }
    await page.setViewportSize({ width: 1280, height: 800 })
    assert.deepEqual(violations, [])
  })

  await t.test('a contact is changed, archived and deleted, and it is said what goes', async () => {
    await go(`/contacts/${talk.contactId}`, 'jane')
    await page.getByRole('button', { name: 'Edit' }).click()
    await page.getByLabel('Name').fill('Jane Doe')
    await page.getByLabel('Email').fill('ali@example.com')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('alert').waitFor(patience)
    assert.equal(await page.getByLabel('Name').inputValue(), 'Jane Doe')
    await page.getByLabel('Email').fill('jane@example.com')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('heading', { name: 'Jane Doe' }).waitFor(patience)
    await page.getByRole('button', { name: 'Archive', exact: true }).click()
    await page.getByRole('button', { name: 'Unarchive' }).waitFor(patience)
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByText('goes, with 1 conversation and every message, mail and file in it').waitFor(patience)
    await page.getByRole('button', { name: 'Delete for good' }).click()
    await page.getByText('Deleted.').waitFor(patience)
    assert.equal((await inbox.get(`/contacts/${talk.contactId}`)).status, 404)
    await go('/contacts', 'Contacts')
    await page.getByText('محمد علي').waitFor(patience)
    assert.equal(await page.getByText('Jane Doe').count(), 0)
  })

  await t.test('an admin opens a chat, makes a key that is shown once, saves a reply and uses it', async () => {
    await go('/settings/channels', 'Channels')
    await page.getByRole('button', { name: 'Add a channel' }).click()
    await page.getByLabel('Kind').selectOption('CHAT')
    await page.getByLabel('Name').fill('Website')
    await page.getByLabel('Your pages').fill('https://shop.example')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByText('It is shown this once.').waitFor(patience)
    await page.getByRole('button', { name: 'Done' }).click()
    await page
      .getByText(`<script async src="${address}/embeds/v1/support-widget.js" data-publishable-key="pk_`)
      .waitFor(patience)

    await go('/settings/keys', 'API keys')
    await page.getByRole('button', { name: 'Make a key' }).click()
    await page.getByLabel('Name').fill('Nightly report')
    await page.getByRole('button', { name: 'Make it' }).click()
    const secret = await page.getByLabel('API key', { exact: true }).innerText(patience)
    assert.equal(
      (await started.ask('GET', `/v1/workspaces/${inbox.workspaceId}/support/inbox/agents`, { key: secret })).status,
      200,
    )
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('button', { name: 'Revoke Nightly report' }).click()
    await page.getByRole('button', { name: 'Revoke it' }).click()
    await page.getByRole('button', { name: 'Revoke Nightly report' }).waitFor({ state: 'detached', ...patience })
    assert.equal(
      (await started.ask('GET', `/v1/workspaces/${inbox.workspaceId}/support/inbox/agents`, { key: secret })).status,
      401,
    )

    // more than a page of the API
    for (let i = 100; i < 201; i += 1)
      await inbox.post('/saved-replies', { title: `Reply ${i}`, shortcut: `reply-${i}`, contentText: 'x' })
    await go('/settings/saved-replies', 'Saved replies')
    await page.getByText('/reply-200').waitFor(patience)
    await page.getByRole('button', { name: 'Save a reply' }).click()
    await page.getByLabel('Title').fill('Thanks')
    await page.getByLabel('Shortcut').fill('thanks')
    await page.getByLabel('Text').fill('Thank you for writing to us!')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('/thanks').waitFor(patience)
    const { id } = await makeConversation(inbox, { email: 'tom@example.com', subject: 'A wish' })
    await go(`/inbox/open/${id}`, 'A wish')
    await page.keyboard.press('r')
    await page.keyboard.type('/tha')
    await page.getByRole('option', { name: 'Thanks' }).waitFor(patience)
    await page.keyboard.press('Enter')
    assert.equal(await page.getByLabel('Reply to tom').inputValue(), 'Thank you for writing to us!')
  })

  await t.test('files are imported with progress and a report, which names a row that cannot be read', async () => {
    await go('/settings/import', 'Import')
    await page.getByText('Nothing was imported yet').waitFor(patience)
    assert.equal(await page.getByLabel('Addresses of your team').inputValue(), 'help@example.com')
    const mails = Array.from({ length: 200 }, (_, i) =>
      mail({ From: `P${i} <p${i}@example.org>`, Subject: `Old ${i}`, 'Message-ID': `<old${i}@example.org>` }),
    )
    const choose = page.getByLabel('Choose a file')
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), choose.press('Enter')])
    await chooser.setFiles({ name: 'archive.mbox', mimeType: '', buffer: mbox(mails) })
    await page.getByRole('progressbar', { name: 'Import of archive.mbox' }).waitFor(patience)
    await page.getByText('200 read, 200 stored, 0 already there, 0 failed.').waitFor(patience)
    const rows = Buffer.from('email,name,Size\njane@example.org,Jane,L\nnobody,Bob,S\n')
    await choose.setInputFiles({ name: 'contacts.csv', mimeType: 'text/csv', buffer: rows })
    await page.getByText('2 read, 1 stored, 0 already there, 1 failed.').waitFor(patience)
    await page.getByText('Columns that were not used: Size.').waitFor(patience)
    await page.getByText('What went wrong').click()
    await page.getByText('line 3: "nobody" is not an email address').waitFor(patience)
    assert.deepEqual(await found(page), [])
    await choose.setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('nothing') })
    await page.getByRole('alert').getByText('notes.txt is not known to be importable').waitFor(patience)
    assert.equal((await inbox.get('/conversations?status=CLOSED&limit=1')).body.conversations.hasMore, true)
  })

  assert.deepEqual(
    complaints.filter((text) => !/400|409|404/.test(text)),
    [],
  )
})
