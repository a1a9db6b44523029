import assert from 'node:assert/strict'
import {
  createContact,
  createMessage,
  getContact,
  listConversations,
  listCustomers,
  search,
  uploadFile,
} from '../generated/orval/client'

const { INBOX_KEY, INBOX_WORKSPACE: workspace = '' } = process.env
const withKey = { headers: { Authorization: `Bearer ${INBOX_KEY}` } }

const list = await listCustomers(workspace, {}, withKey)
assert.equal(list.status, 200)
assert.equal(list.data.customers.items.length, 1)

const created = await createContact(workspace, { email: 'orval@example.com', name: 'Jane Doe' }, withKey)
assert.equal(created.status, 201)
const { id } = created.data.contact

const got = await getContact(workspace, id, withKey)
assert.equal(got.status, 200)
assert.equal(got.data.contact.name, 'Jane Doe')

const found = await search(workspace, { q: 'orval' }, withKey)
assert.equal(found.status, 200)
assert.equal(found.data.results.contacts?.[0]?.id, id)

const named = { name: 'invoice.txt', contentType: 'text/plain' }
const file = await uploadFile(workspace, new Blob(['An invoice']), named, withKey)
assert.equal(file.status, 201, JSON.stringify(file.data))
const conversations = await listConversations(workspace, {}, withKey)
assert.equal(conversations.status, 200)
const conversationId = conversations.data.conversations.items[0]!.id
const reply = await createMessage(
  workspace,
  conversationId,
  { contentText: 'Here is your invoice.', attachmentIds: [file.data.file.id] },
  withKey,
)
assert.equal(reply.status, 201)
assert.equal(reply.data.message.attachments[0]?.name, 'invoice.txt')

const missing = await getContact(workspace, 'ctc_none', withKey)
assert.equal(missing.status, 404)
assert.equal(missing.data.code, 'contact_not_found')
