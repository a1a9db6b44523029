import assert from 'node:assert/strict'
import test from 'node:test'
import { withoutBrowser } from '../browser.ts'
import { makeContact, makeConversation } from '../make.ts'
import { startPage } from '../page.ts'

const skip = withoutBrowser()

test('a contact is changed, archived and deleted, and it is said what goes', { skip }, async (t) => {
  const { inbox, agent } = await startPage(t)
  const talk = await makeConversation(inbox, { email: 'jane@example.com', subject: 'Where is my order?' })
  await makeContact(inbox, { email: 'ali@example.com', name: 'محمد علي' })
  const { page, go, complaints } = await agent('Ada')
  await go(`/contacts/${talk.contactId}`, 'jane')
  await page.getByRole('button', { name: 'Edit' }).click()
  await page.getByLabel('Name').fill('Jane Doe')
  await page.getByLabel('Email').fill('ali@example.com')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('alert').waitFor()
  assert.equal(await page.getByLabel('Name').inputValue(), 'Jane Doe')
  await page.getByLabel('Email').fill('jane@example.com')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'Jane Doe' }).waitFor()
  await page.getByRole('button', { name: 'Archive', exact: true }).click()
  await page.getByRole('button', { name: 'Unarchive' }).waitFor()
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByText('goes, with 1 conversation and every message, mail and file in it').waitFor()
  await page.getByRole('button', { name: 'Delete for good' }).click()
  await page.getByText('Deleted.').waitFor()
  assert.equal((await inbox.get(`/contacts/${talk.contactId}`)).status, 404)
  await go('/contacts', 'Contacts')
  await page.getByText('محمد علي').waitFor()
  assert.equal(await page.getByText('Jane Doe').count(), 0)
  assert.deepEqual(complaints(/status of (404|409)/), [])
})

test('a new contact whose address is known is said to be, and can take the name', { skip }, async (t) => {
  const { inbox, agent } = await startPage(t)
  const { page, go } = await agent('Ada')
  const known = await makeContact(inbox, { email: 'jane@example.com', name: 'Jane D.', phone: '1234' })
  await go('/contacts', 'Contacts')
  const create = async (name: string) => {
    await page.getByRole('button', { name: 'New', exact: true }).click()
    await page.getByLabel('Email').fill('JANE@example.com')
    await page.getByLabel('Name').fill(name)
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('dialog', { name: 'This contact is here already' }).getByText('Jane D.').waitFor()
  }
  await create('Jane D.')
  assert.equal(await page.getByRole('button', { name: /^Change to/ }).count(), 0)
  await page.getByRole('button', { name: 'Open the contact' }).click()
  await page.getByRole('heading', { name: 'Jane D.' }).waitFor()
  await create('Jane Doe')
  assert.equal((await inbox.get(`/contacts/${known.id}`)).body.contact.name, 'Jane D.')
  await page.getByRole('button', { name: 'Change to Jane Doe' }).click()
  await page.getByRole('heading', { name: 'Jane Doe' }).waitFor()
  const { name, phone } = (await inbox.get(`/contacts/${known.id}`)).body.contact
  assert.deepEqual([name, phone], ['Jane Doe', '1234'])
})

test('who edits what somebody else has changed sees both versions, and chooses', { skip }, async (t) => {
  const { inbox, agent } = await startPage(t)
  const { id } = await makeContact(inbox, { email: 'jane@example.com', name: 'Jane' })
  const { page, go, complaints } = await agent('Ada')
  await go(`/contacts/${id}`, 'Jane')
  await page.getByRole('button', { name: 'Edit' }).click()
  await page.getByLabel('Name').fill('Jane Doe')
  await inbox.patch(`/contacts/${id}`, { name: 'Jane D.', phone: '1' })
  await page.getByRole('button', { name: 'Save' }).click()
  const alert = page.getByRole('alert')
  await alert.getByText('Theirs: Jane D.').waitFor()
  await alert.getByText('Yours: Jane Doe').waitFor()
  assert.equal((await inbox.get(`/contacts/${id}`)).body.contact.name, 'Jane D.')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'Jane Doe' }).waitFor()
  const { contact } = (await inbox.get(`/contacts/${id}`)).body
  assert.deepEqual([contact.name, contact.phone], ['Jane Doe', '1'])
  assert.deepEqual(complaints(/status of 412/), [])
})
