import assert from 'node:assert/strict'
import type { Inbox } from './app.ts'

/** A contact, made through the API. */
export const makeContact = async (inbox: Inbox, contact: Record<string, unknown>) => {
  const { status, body } = await inbox.post('/contacts', contact)
  assert.equal(status, 201)
  return body.contact
}

interface Conversation {
  email: string
  subject?: string
  /** What is said first, by the team. */
  text?: string
}

/** A conversation that the team began. */
export const makeConversation = async (
  inbox: Inbox,
  { email, subject = 'Billing question', text = 'How can we help?' }: Conversation,
) => {
  const { status, body } = await inbox.post('/conversations', { email, subject, contentText: text })
  assert.equal(status, 201)
  return {
    id: body.conversation.id as string,
    contactId: body.contact.id as string,
    messageId: body.message.id as string,
  }
}

/** The customer writes into a conversation. */
export const customerWrites = async (inbox: Inbox, conversationId: string, contentText: string) => {
  const { status, body } = await inbox.post(`/conversations/${conversationId}/messages`, {
    direction: 'INBOUND',
    contentText,
  })
  assert.equal(status, 201)
  return body.message
}

/** A body of multipart/form-data as every client makes it, and its header. */
export const withFiles = async (fields: Record<string, string>, ...files: File[]) => {
  const form = new FormData()
  for (const [name, text] of Object.entries(fields)) form.append(name, text)
  for (const file of files) form.append('attachments', file)
  const made = new Response(form)
  const headers = { 'content-type': made.headers.get('content-type')! }
  return [Buffer.from(await made.arrayBuffer()), headers] as const
}

/** A file of so many bytes that the team sent; resolves to its place in the inbox. */
export const makeFile = async (inbox: Inbox, bytes: number) => {
  const { id } = await makeConversation(inbox, { email: 'jane@example.com' })
  const path = `/conversations/${id}/messages`
  const file = new File([Buffer.alloc(bytes, 'x')], 'large.bin')
  const { body } = await inbox.post(path, ...(await withFiles({ contentText: 'Here.' }, file)))
  return `${path}/${body.message.id}/attachments/1`
}

/** A mail as it travels. */
export const mail = (headers: Record<string, string>, body = 'Hello.'): Buffer =>
  Buffer.from([...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), '', body, ''].join('\r\n'))

/** An mbox file (mboxrd) of these mails. */
export const mbox = (mails: Buffer[]): Buffer =>
  Buffer.concat(
    mails.flatMap((raw) => [
      Buffer.from('From somebody@example.com Thu Aug 22 12:36:23 2002\n'),
      Buffer.from(
        raw
          .toString('latin1')
          .replaceAll('\r\n', '\n')
          .replace(/^(>*From )/gm, '>$1'),
        'latin1',
      ),
      Buffer.from('\n'),
    ]),
  )
