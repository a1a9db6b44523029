import type { Scope } from '../../server/keys/caller.ts'
import type { Answer } from '../app.ts'
import { mail, mbox } from '../make.ts'
import type { Route } from './routes.ts'
import type { Ids, Started } from './world.ts'

/** One way to call a route that succeeds. The path's ids are filled in by their names. */
export interface Call {
  query?: Record<string, string>
  body?: Record<string, unknown>
  /** A mail or another file, in place of a body of JSON. */
  mail?: Buffer
  status: number
  /** Who may, where not everybody may. */
  scopes?: readonly Scope[]
  /** Needs no key. */
  isPublic?: true
  /** Needs the token of a chat's visitor, and no key. */
  isVisitors?: true
  /** Its answer has no words in it. */
  isOfNumbers?: true
  /** Needs a session, and takes no key. */
  isSession?: true
}

const prefix = '/v1/workspaces/:workspaceId/support/inbox'
const chat = '/embeds/v1/chats/:publishableKey'
const page = { limit: '100' }
const updatedSince = '2020-01-01T00:00:00Z'
const text = { contentText: 'Thank you', contentHtml: '<p>Thank you</p>' }
const person = { email: 'new@example.com', name: 'New Person' }
const recipients = { to: ['new@example.com'], cc: ['cc@example.com'], bcc: ['bcc@example.com'] }
const password = 'a password that is new'
const savedReply = { title: 'New', contentText: 'Thank you' }
const details = { phone: '+1-555-0199', avatarUrl: 'https://example.com/new.png' }
const visitor = { email: 'new@example.com', name: 'New', visitorId: '7', signature: '0' }
const onlyPrograms = { scopes: ['api_user'] } as const
/** A domain belongs to one workspace. */
const channelOf = ({ workspaceId }: Ids) => ({
  name: 'New',
  email: `new@${workspaceId.slice(4).toLowerCase()}.example`,
  smtpUrl: 'smtp://new.example',
  plusAddresses: false,
  senderName: 'TEAM',
})
const look = { greeting: 'Hello', color: '#1f6650', position: 'LEFT' }
const onPages = {
  allowedOrigins: ['https://new.example'],
  fields: [{ name: 'size', label: 'Size', required: true }],
  returnTo: 'https://new.example',
}
const publicPage = () => [{ status: 200, isPublic: true } as const]
const nothing = () => [{ status: 404, isPublic: true } as const]
const movedPage = () => [{ status: 302, isPublic: true } as const]

/**
 * How every route is called, with each field that it takes. A route without its row here fails the suite, and so does
 * a row without a route. Every attack under test/attacks begins from these calls.
 */
export const calls: Record<string, (ids: Ids) => Call[]> = {
  'POST /v1/sessions': ({ workspaceId }) => [
    { body: { email: person.email, password, workspaceId }, status: 401, isPublic: true },
  ],
  'GET /v1/me': () => [{ status: 200, scopes: ['user', 'api_user', 'mail'] }],
  'GET /v1/session': () => [{ status: 200, isSession: true }],
  'DELETE /v1/session': () => [{ status: 204, isSession: true }],
  // who came by no link has no password to change
  'PUT /v1/session/password': () => [{ body: { currentPassword: password, password }, status: 403, isSession: true }],
  'GET /v1/sessions': () => [{ query: page, status: 200, isSession: true }],
  'DELETE /v1/sessions/:sessionId': () => [{ status: 204, isSession: true }],
  'GET /v1/invitations/:token': () => [{ status: 200, isPublic: true }],
  'POST /v1/invitations/:token': () => [{ body: { ...person, password }, status: 201, isPublic: true }],
  'POST /v1/password-resets': () => [{ body: { email: person.email }, status: 202, isPublic: true }],
  [`GET ${prefix}/workspace`]: () => [{ status: 200, ...onlyPrograms }],
  [`PATCH ${prefix}/workspace`]: () => [{ body: { name: 'New', isSetUp: true }, status: 200, ...onlyPrograms }],
  [`GET ${prefix}/agents`]: () => [{ query: page, status: 200 }],
  [`POST ${prefix}/agents`]: () => [{ body: { ...person, role: 'ADMIN' }, status: 201, ...onlyPrograms }],
  [`GET ${prefix}/agents/:agentId`]: () => [{ status: 200 }],
  [`PATCH ${prefix}/agents/:agentId`]: () => [
    { body: { name: person.name, role: 'ADMIN', status: 'DISABLED' }, status: 200, ...onlyPrograms },
  ],
  [`POST ${prefix}/agents/:agentId/invitation`]: () => [{ status: 201, ...onlyPrograms }],
  [`GET ${prefix}/keys`]: () => [{ query: page, status: 200, ...onlyPrograms }],
  [`POST ${prefix}/keys`]: ({ agentId }) => [
    { body: { name: 'New', scope: 'user', agentId, expiresAt: '2099-01-01T00:00:00Z' }, status: 201, ...onlyPrograms },
  ],
  [`DELETE ${prefix}/keys/:keyId`]: () => [{ status: 204, ...onlyPrograms }],
  [`GET ${prefix}/saved-replies`]: () => [{ query: page, status: 200 }],
  [`POST ${prefix}/saved-replies`]: () => [{ body: { ...savedReply, shortcut: 'new' }, status: 201 }],
  [`GET ${prefix}/saved-replies/:savedReplyId`]: () => [{ status: 200 }],
  [`PATCH ${prefix}/saved-replies/:savedReplyId`]: () => [{ body: { ...savedReply, shortcut: 'other' }, status: 200 }],
  [`DELETE ${prefix}/saved-replies/:savedReplyId`]: () => [{ status: 204 }],
  [`GET ${prefix}/erasures`]: () => [{ query: page, status: 200, isOfNumbers: true, ...onlyPrograms }],
  [`GET ${prefix}/erasures/:erasureId`]: () => [{ status: 200, isOfNumbers: true, ...onlyPrograms }],
  [`GET ${prefix}/imports`]: () => [{ query: page, status: 200, ...onlyPrograms }],
  [`POST ${prefix}/imports`]: () => [
    {
      query: {
        name: 'new.mbox',
        own: 'new@example.com',
        status: 'OPEN',
        include: 'spam,trash',
        update: 'true',
        review: 'false',
      },
      mail: mbox([mail({ From: 'New <new@example.com>', 'Message-ID': '<new@example.com>' })]),
      status: 202,
      ...onlyPrograms,
    },
  ],
  [`GET ${prefix}/imports/:importId`]: () => [{ status: 200, ...onlyPrograms }],
  // it waits for nothing
  [`POST ${prefix}/imports/:importId/start`]: () => [
    { body: { columns: { Address: 'email' }, update: true }, status: 409, ...onlyPrograms },
  ],
  [`DELETE ${prefix}/imports/:importId`]: () => [{ status: 409, ...onlyPrograms }],
  [`GET ${prefix}/channels`]: () => [{ query: page, status: 200, ...onlyPrograms }],
  [`POST ${prefix}/channels`]: (ids) => [
    { body: { kind: 'EMAIL', ...channelOf(ids) }, status: 201, ...onlyPrograms },
    { body: { kind: 'FORM', name: 'New', ...onPages }, status: 201, ...onlyPrograms },
    { body: { kind: 'CHAT', name: 'New', allowedOrigins: ['*'], ...look }, status: 201, ...onlyPrograms },
  ],
  [`GET ${prefix}/channels/:channelId`]: () => [{ status: 200, ...onlyPrograms }],
  [`PATCH ${prefix}/channels/:channelId`]: (ids) => [
    { body: channelOf(ids), status: 200, ...onlyPrograms },
    // not of a mail address
    { body: { ...onPages, ...look }, status: 400, ...onlyPrograms },
  ],
  [`POST ${prefix}/channels/:channelId/test`]: () => [{ status: 200, ...onlyPrograms }],
  [`DELETE ${prefix}/channels/:channelId`]: () => [{ status: 204, ...onlyPrograms }],
  [`POST ${prefix}/channels/:channelId/mail`]: () => [
    {
      mail: mail({ From: 'New <new@example.com>', 'Message-ID': '<new@example.com>' }),
      status: 201,
      scopes: ['api_user', 'mail'],
    },
  ],
  [`GET ${prefix}/search`]: ({ word }) => [
    { query: { q: word, limit: '50' }, status: 200 },
    { query: { q: word, limit: '50', include: 'context' }, status: 200 },
    { query: { q: word, limit: '50', type: 'contacts' }, status: 200 },
    { query: { q: word, limit: '50', type: 'conversations' }, status: 200 },
    { query: { q: word, limit: '50', type: 'messages' }, status: 200 },
  ],
  [`GET ${prefix}/customers`]: () => [{ query: { ...page, status: 'ACTIVE', updatedSince }, status: 200 }],
  [`GET ${prefix}/contacts/:contactId`]: () => [{ status: 200 }],
  [`POST ${prefix}/contacts`]: () => [{ body: { ...person, ...details }, status: 201 }],
  [`PATCH ${prefix}/contacts/:contactId`]: () => [{ body: { ...person, ...details, status: 'ARCHIVED' }, status: 200 }],
  [`DELETE ${prefix}/contacts/:contactId`]: () => [{ status: 204, ...onlyPrograms }],
  [`GET ${prefix}/conversations`]: ({ contactId, agentId }) => [
    { query: { ...page, status: 'OPEN', include: 'lastMessage' }, status: 200 },
    { query: { ...page, contactId, updatedSince }, status: 200 },
    { query: { ...page, assignedTo: agentId, unread: 'true' }, status: 200 },
    { query: { ...page, undelivered: 'false' }, status: 200 },
  ],
  [`GET ${prefix}/conversations/counts`]: () => [{ status: 200, isOfNumbers: true }],
  [`GET ${prefix}/conversations/:conversationId`]: () => [{ status: 200 }],
  [`PUT ${prefix}/conversations/:conversationId/presence`]: () => [
    { body: { state: 'WRITING' }, status: 204, scopes: ['user'] },
  ],
  // with a right it would not end: server/events/follow.test.ts follows it
  [`GET ${prefix}/events`]: () => [{ query: { after: 'x'.repeat(65) }, status: 400 }],
  [`POST ${prefix}/files`]: () => [
    { query: { name: 'new.txt', contentType: 'text/plain' }, mail: Buffer.from('new'), status: 201 },
  ],
  [`DELETE ${prefix}/files/:fileId`]: () => [{ status: 204 }],
  [`POST ${prefix}/conversations`]: ({ channelId, fileId }) => [
    {
      body: { ...person, subject: 'Welcome', contentText: 'Hello', channelId, attachmentIds: [fileId] },
      status: 201,
    },
    {
      body: {
        ...person,
        subject: 'Welcome',
        contentText: 'Hello',
        direction: 'INBOUND',
        createdAt: '2020-01-01T00:00:00Z',
        externalId: 'new',
      },
      status: 201,
      ...onlyPrograms,
    },
  ],
  [`PUT ${prefix}/conversations/:conversationId/status`]: () => [{ body: { status: 'CLOSED' }, status: 200 }],
  [`PUT ${prefix}/conversations/:conversationId/read`]: ({ messageId: upTo }) => [
    { status: 200 },
    { query: { upTo }, status: 200 },
  ],
  [`PUT ${prefix}/conversations/:conversationId/unread`]: () => [{ status: 200 }],
  [`PUT ${prefix}/conversations/:conversationId/assignment`]: ({ agentId }) => [{ body: { agentId }, status: 200 }],
  [`DELETE ${prefix}/conversations/:conversationId/participants/:email`]: () => [{ status: 200 }],
  [`GET ${prefix}/conversations/:conversationId/messages`]: () => [
    { query: page, status: 200 },
    { query: { ...page, order: 'desc' }, status: 200 },
  ],
  [`GET ${prefix}/conversations/:conversationId/messages/:messageId`]: () => [{ status: 200 }],
  [`POST ${prefix}/conversations/:conversationId/messages`]: ({ messageId: after, fileId }) => [
    { body: { ...text, direction: 'OUTBOUND', attachmentIds: [fileId], ...recipients }, status: 201 },
    { body: { ...text, direction: 'INBOUND' }, status: 201, ...onlyPrograms },
    { body: { ...text, note: true }, status: 201 },
    // the customer has written since
    { body: { ...text, after }, status: 409 },
  ],
  // it has not failed
  [`POST ${prefix}/conversations/:conversationId/messages/:messageId/retry`]: () => [{ status: 409 }],
  [`GET ${prefix}/conversations/:conversationId/messages/:messageId/raw`]: () => [{ status: 200 }],
  [`GET ${prefix}/conversations/:conversationId/messages/:messageId/attachments/:number`]: () => [{ status: 200 }],
  'GET /embeds/v1/support-widget.js': publicPage,
  [`OPTIONS ${chat}/*`]: () => [{ status: 204, isPublic: true }],
  [`GET ${chat}/appearance`]: () => [{ status: 200, isPublic: true }],
  [`POST ${chat}/sessions`]: () => [{ body: { token: 'new', ...visitor }, status: 200, isPublic: true }],
  [`DELETE ${chat}/session`]: () => [{ status: 204, isVisitors: true }],
  [`POST ${chat}/messages`]: ({ chatConversationId: conversationId }) => [
    { body: { id: 'new-message', text: 'Hello', conversationId, ...visitor }, status: 201, isVisitors: true },
  ],
  [`GET ${chat}/messages`]: ({ chatConversationId: conversationId }) => [
    { query: { ...page, conversationId }, status: 200, isVisitors: true },
  ],
  [`GET ${chat}/messages/:chatMessageId/attachments/:number`]: () => [{ status: 200, isVisitors: true }],
  // with a token it would not end: server/chat/streams.test.ts follows it
  [`GET ${chat}/events`]: () => [{ status: 401, isPublic: true }],
  // the channel of these calls is a mail address, which is no form
  'GET /forms/:channelId': nothing,
  'GET /forms/:channelId/thanks': nothing,
  'OPTIONS /forms/:channelId': nothing,
  'POST /forms/:channelId': () => [
    { body: { ...person, subject: 'New', message: 'New', homepage: '', token: '' }, status: 404, isPublic: true },
  ],
  'GET /': publicPage,
  'GET /sign-in': publicPage,
  'GET /invitation/:token': publicPage,
  'GET /inbox': publicPage,
  'GET /inbox/*': publicPage,
  'GET /contacts': publicPage,
  'GET /contacts/*': publicPage,
  'GET /settings': publicPage,
  'GET /settings/*': publicPage,
  'GET /assets/*': nothing,

  'GET /healthz': publicPage,
  'GET /readyz': publicPage,
  'GET /openapi.json': publicPage,
  'GET /docs': publicPage,
  'GET /docs/json': publicPage,
  'GET /docs/yaml': publicPage,
  'GET /docs/static/index.html': movedPage,
  'GET /docs/static/swagger-initializer.js': publicPage,
  'GET /docs/static/*': publicPage,
  'GET /docs/static/theme/reference.css': publicPage,
}

/** HEAD is GET without a body, so it has GET's row. */
export const rowOf = ({ method, url }: Route): string =>
  method === 'HEAD' ? `GET ${url === '/docs/' ? '/docs' : url}` : `${method} ${url}`

export const callsOf = (route: Route, ids: Ids): Call[] => calls[rowOf(route)]!(ids)

/** Whether it belongs to a workspace; the others tell everybody the same. */
export const inInbox = ({ url }: Route): boolean => url.startsWith(prefix)

/** A key, or a session as a page of the server sends it. */
export type By = string | { session: string }

/** What a call is sent with: `key`, unless it needs another or none. */
export const keyOf = ({ isPublic, isVisitors, isSession }: Call, ids: Ids, key: string): By | undefined => {
  if (isPublic) return undefined
  if (isSession) return { session: ids.sessionToken }
  return isVisitors ? ids.visitorToken : key
}

/** Somebody who may make the call: an agent where no program may, else `key`. */
export const rightfulOf = ({ scopes }: Call, { sessionToken }: Ids, key: string): By =>
  scopes?.includes('api_user') === false ? { session: sessionToken } : key

export interface Request {
  method: string
  url: string
  /** A text is sent as it is. */
  body?: Record<string, unknown> | string | undefined
  mail?: Buffer | undefined
}

/** The request that a call is, with these ids in it. */
export const requestOf = ({ method, url }: Route, { query, body, mail: raw }: Call, ids: Ids): Request => {
  const path = url
    .replace('*', 'swagger-ui.css')
    .replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(ids[name as keyof Ids]))
  return { method, url: query ? `${path}?${new URLSearchParams(query)}` : path, body, mail: raw }
}

export const send = ({ ask }: Started, { method, url, body, mail: raw }: Request, by?: By): Promise<Answer> =>
  ask(method, url, {
    ...(typeof by === 'object' ? by : by === undefined ? {} : { key: by }),
    ...(raw ? { body: raw } : body ? { body } : {}),
    headers: { 'sec-fetch-site': 'same-origin', ...(raw ? { 'content-type': 'message/rfc822' } : {}) },
  })
