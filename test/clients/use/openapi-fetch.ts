import assert from 'node:assert/strict'
import createClient from 'openapi-fetch'
import type { paths } from '../generated/openapi-fetch'

const { INBOX_URL, INBOX_KEY, INBOX_WORKSPACE } = process.env
const client = createClient<paths>({ baseUrl: INBOX_URL!, headers: { Authorization: `Bearer ${INBOX_KEY}` } })
const path = { workspaceId: INBOX_WORKSPACE! }
const inbox = '/v1/workspaces/{workspaceId}/support/inbox'

const list = await client.GET(`${inbox}/customers`, { params: { path } })
assert.equal(list.data?.customers.items.length, 1)

const created = await client.POST(`${inbox}/contacts`, {
  params: { path },
  body: { email: 'openapi-fetch@example.com', name: 'Jane Doe' },
})
const contactId = created.data!.contact.id

const got = await client.GET(`${inbox}/contacts/{contactId}`, { params: { path: { ...path, contactId } } })
assert.equal(got.data?.contact.name, 'Jane Doe')

const found = await client.GET(`${inbox}/search`, { params: { path, query: { q: 'openapi-fetch' } } })
assert.equal(found.data?.results.contacts?.[0]?.id, contactId)

const file = await client.POST(`${inbox}/files`, {
  params: { path, query: { name: 'invoice.txt', contentType: 'text/plain' } },
  // openapi-typescript has no type for binary
  body: new Blob(['An invoice']) as unknown as string,
  bodySerializer: (body) => body,
  headers: { 'Content-Type': 'application/octet-stream' },
})
const started = await client.GET(`${inbox}/conversations`, { params: { path } })
const conversationId = started.data!.conversations.items[0]!.id
const reply = await client.POST(`${inbox}/conversations/{conversationId}/messages`, {
  params: { path: { ...path, conversationId } },
  body: { contentText: 'Here is your invoice.', attachmentIds: [file.data!.file.id] },
})
assert.equal(reply.data?.message.attachments[0]?.name, 'invoice.txt')

const missing = await client.GET(`${inbox}/contacts/{contactId}`, {
  params: { path: { ...path, contactId: 'ctc_none' } },
})
assert.equal(missing.error?.code, 'contact_not_found')
