import assert from 'node:assert/strict'
import { client } from '../generated/hey-api/client.gen'
import {
  createContact,
  createMessage,
  getContact,
  listConversations,
  listCustomers,
  search,
  uploadFile,
} from '../generated/hey-api/sdk.gen'

const { INBOX_URL, INBOX_KEY, INBOX_WORKSPACE } = process.env
client.setConfig({ baseUrl: INBOX_URL!, auth: INBOX_KEY! })
const path = { workspaceId: INBOX_WORKSPACE! }

const list = await listCustomers({ path })
assert.equal(list.data?.customers.items.length, 1)

const created = await createContact({ path, body: { email: 'hey-api@example.com', name: 'Jane Doe' } })
const contactId = created.data!.contact.id

const got = await getContact({ path: { ...path, contactId } })
assert.equal(got.data?.contact.name, 'Jane Doe')

const found = await search({ path, query: { q: 'hey-api' } })
assert.equal(found.data?.results.contacts?.[0]?.id, contactId)

const file = await uploadFile({
  path,
  query: { name: 'invoice.txt', contentType: 'text/plain' },
  body: new Blob(['An invoice']),
})
const conversations = await listConversations({ path })
const conversationId = conversations.data!.conversations.items[0]!.id
const reply = await createMessage({
  path: { ...path, conversationId },
  body: { contentText: 'Here is your invoice.', attachmentIds: [file.data!.file.id] },
})
assert.equal(reply.data?.message.attachments[0]?.name, 'invoice.txt')

const missing = await getContact({ path: { ...path, contactId: 'ctc_none' } })
assert.equal(missing.error?.code, 'contact_not_found')
