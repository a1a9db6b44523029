import { addInvitation } from '../../server/agents/invitations.ts'
import { findOrCreateAgent } from '../../server/agents/queries.ts'
import type { Db } from '../../server/db/db.ts'
import { newId, randomText } from '../../server/db/id.ts'
import { sql, verbatim } from '../../server/db/sql.ts'
import { storeMail } from '../../server/mail/store.ts'
import { findSession, insertSession } from '../../server/sessions/queries.ts'
import type { Inbox, startApp } from '../app.ts'
import { startChat } from '../chat.ts'
import { mail, withFiles } from '../make.ts'

export type Started = Awaited<ReturnType<typeof startApp>>

/** What a request can name of a workspace, under the names that paths, bodies and queries have for it. */
export interface Ids {
  workspaceId: string
  contactId: string
  conversationId: string
  messageId: string
  /** Of an attachment. */
  number: string
  agentId: string
  /** Somebody who is signed in, and an invitation of somebody else. */
  sessionToken: string
  sessionId: string
  token: string
  keyId: string
  savedReplyId: string
  importId: string
  erasureId: string
  channelId: string
  /** Uploaded, and of no message yet. */
  fileId: string
  /** Of a chat, its visitor, and what they wrote. */
  publishableKey: string
  visitorToken: string
  chatConversationId: string
  /** Of an answer with a file. */
  chatMessageId: string
  /** Of somebody who takes part in the conversation. */
  email: string
  /** Stands in every text of the workspace. */
  word: string
}

/** A workspace with two of everything, so that every list goes on; and the ids of a third that was erased. */
export const makeWorld = async (started: Started, word: string) => {
  const inbox = await started.newInbox(`Team ${word}`)
  const { workspaceId } = inbox
  await inbox.as({ scope: 'user', agent: `Ada ${word}` })
  await inbox.as({ scope: 'user', agent: `Ben ${word}` })
  await receiveMail(started, workspaceId, { word, from: 'zoe', id: 'none' })
  const [gone] = (await inbox.get('/conversations')).body.conversations.items
  const [lost] = (await inbox.get(`/conversations/${gone.id}/messages`)).body.thread.messages.items
  const { contact: other } = (await inbox.post('/contacts', { email: `other-${word}@example.com` })).body
  await inbox.delete(`/contacts/${other.id}`)
  const { headers } = await inbox.delete(`/contacts/${gone.contact.id}`)
  await receiveMail(started, workspaceId, { word, from: 'bob', id: 'one' })
  await receiveMail(started, workspaceId, { word, from: 'jane', id: 'two' })
  const messageId = await receiveMail(started, workspaceId, { word, from: 'jane', id: 'three', answers: 'two' })
  const [conversation] = (await inbox.get('/conversations')).body.conversations.items
  const [agent] = (await inbox.get('/agents')).body.agents.items
  const channel = async (name: string) => {
    const wanted = {
      kind: 'EMAIL',
      name: `${name} ${word}`,
      email: `${name}-${workspaceId}@${workspaceId.slice(4).toLowerCase()}.example`,
    }
    return (await inbox.post('/channels', wanted)).body.channel.id as string
  }
  const closed = await channel('closed')
  await inbox.delete(`/channels/${closed}`)
  await channel('sales')
  const email = `colleague-${word}@example.com`
  await inbox.post(`/conversations/${conversation.id}/messages`, { contentText: `For both, ${word}`, cc: [email] })
  const ids: Ids = {
    email,
    workspaceId,
    contactId: conversation.contact.id,
    conversationId: conversation.id,
    messageId,
    number: '1',
    agentId: agent.id,
    channelId: await channel('help'),
    fileId: (await inbox.post(`/files?name=${word}.txt`, Buffer.from(word))).body.file.id,
    erasureId: String(headers['location']).split('/').at(-1)!,
    ...(await chatOf(started, inbox, word)),
    ...(await peopleOf(started, inbox, word)),
    ...(await settingsOf(inbox, word)),
    word,
  }
  await inbox.patch(`/contacts/${ids.contactId}`, { phone: `1 ${word}`, avatarUrl: `https://${word}.example` })
  await inbox.put(`/conversations/${ids.conversationId}/assignment`, { agentId: agent.id })
  const erased: Partial<Ids> = {
    contactId: gone.contact.id,
    conversationId: gone.id,
    messageId: lost.id,
    channelId: closed,
  }
  return { inbox, ids, erased }
}

/** Ada is signed in at two places; Cleo has an invitation. */
const peopleOf = async ({ db }: Started, { workspaceId }: Inbox, word: string) =>
  db.transaction(async (tx) => {
    const { id: agentId } = await findOrCreateAgent(tx, workspaceId, `Ada ${word}`)
    const { id: invitedId } = await findOrCreateAgent(tx, workspaceId, `Cleo ${word}`)
    const open = () => insertSession(tx, { workspaceId, agentId, userAgent: `Browser of ${word}` })
    const [sessionToken, other] = [await open(), await open()]
    const { session } = (await findSession(tx, other))!
    const { token } = await addInvitation(tx, { workspaceId, agentId: invitedId, kind: 'INVITATION' })
    return { sessionToken, sessionId: session.id, token }
  })

const settingsOf = async (inbox: Inbox, word: string) => {
  const reply = async (shortcut: string) =>
    (await inbox.post('/saved-replies', { shortcut, title: word, contentText: `Thank you, ${word}` })).body.savedReply
  await reply('thanks')
  const send = async () => (await inbox.post(`/imports?name=${word}.csv`, `email\n${word}@example.com\n`)).body.import
  await send()
  const { key } = (await inbox.post('/keys', { name: `Key of ${word}`, scope: 'api_user' })).body
  const [savedReply, file] = [await reply('hello'), await send()]
  return {
    keyId: key.id as string,
    savedReplyId: savedReply.id as string,
    importId: file.id as string,
  }
}

/** A chat whose visitor has written twice. */
const chatOf = async (started: Started, inbox: Inbox, word: string) => {
  const { channel, visitor } = await startChat(started, inbox, ['*'])
  const { token, say } = await visitor()
  const { conversationId } = (await say(`Hello ${word}`)).body.message
  await say(`Is ${word} there?`)
  const answer = await withFiles({ contentText: `Here is ${word}` }, new File([word], `${word}.txt`))
  const sent = await inbox.post(`/conversations/${conversationId}/messages`, ...answer)
  return {
    publishableKey: channel.publishableKey as string,
    visitorToken: token,
    chatConversationId: conversationId as string,
    chatMessageId: sent.body.message.id as string,
  }
}

interface Incoming {
  word: string
  from: string
  id: string
  answers?: string
}

const receiveMail = async ({ db, parser }: Started, workspaceId: string, { word, from, id, answers }: Incoming) => {
  const messageId = newId('msg')
  const part = (type: string, text: string) => `--cut\r\nContent-Type: ${type}\r\n\r\n${text}\r\n`
  const raw = mail(
    {
      'Message-ID': `<${id}@${word}.example>`,
      ...(answers ? { 'In-Reply-To': `<${answers}@${word}.example>` } : {}),
      From: `${from} ${word} <${from}@${word}.example>`,
      Subject: `About ${word}`,
      'Content-Type': 'multipart/mixed; boundary=cut',
    },
    `${part('text/html', `<p>Hello ${word} ${id}</p>`)}${part(`text/plain\r\nContent-Disposition: attachment; filename=${word}.txt`, word)}--cut--`,
  )
  const arrival = { workspaceId, messageId, raw, mail: await parser.parse(raw), own: new Set<string>() }
  await db.transaction((tx) =>
    storeMail(tx, { ...arrival, source: 'EMAIL', isNews: true, status: 'OPEN', fallbackDate: new Date() }),
  )
  return messageId
}

/** Ids like those that are given out, of nothing. */
export const missing = (): Omit<Ids, 'workspaceId'> => ({
  contactId: newId('ctc'),
  conversationId: newId('thd'),
  messageId: newId('msg'),
  number: '99',
  agentId: newId('agt'),
  sessionToken: randomText(43),
  sessionId: newId('ses'),
  token: randomText(43),
  keyId: newId('key'),
  savedReplyId: newId('rpl'),
  importId: newId('imp'),
  erasureId: newId('era'),
  channelId: newId('chn'),
  fileId: newId('fil'),
  publishableKey: `pk_${randomText(24)}`,
  visitorToken: randomText(24),
  chatConversationId: newId('thd'),
  chatMessageId: newId('msg'),
  email: 'nobody@example.com',
  word: 'unheardof',
})

/** Every row of a workspace, in every table that has a column for it; but for when a key was last used, which a use changes. */
export const contentOf = async (db: Db, workspaceId: string): Promise<string[]> => {
  const tables = await db.many<{ name: string }>(
    db.engine === 'sqlite'
      ? sql`select m.name from sqlite_master m, pragma_table_info(m.name) c where c.name = 'workspace_id' order by 1`
      : sql`select table_name as name from information_schema.columns
            where table_schema = 'public' and column_name = 'workspace_id' order by 1`,
  )
  const rows = tables.map(async ({ name }) =>
    (await db.many(sql`select * from ${verbatim(name)} where workspace_id = ${workspaceId}`)).map((row) =>
      [
        name,
        ...Object.values<unknown>({ ...row, last_used_at: null }).map((value) =>
          value instanceof Uint8Array ? hex(value) : value,
        ),
      ].join(' '),
    ),
  )
  return (await Promise.all(rows)).flat().sort()
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
