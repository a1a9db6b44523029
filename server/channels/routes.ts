import { Type } from 'typebox'
import type { Db, Tx } from '../db/db.ts'
import { tryOut } from '../db/try-out.ts'
import { fail } from '../errors.ts'
import { answerOnce } from '../http/answer-once.ts'
import { anchorOf, pageFrom, pageQuery } from '../http/pages.ts'
import type { Reach } from '../http/reach.ts'
import { pathOf, type App } from '../http/schema.ts'
import { refuseAbove, shared, type Rates } from '../http/rates.ts'
import { limits } from '../limits.ts'
import {
  assertReach,
  changeChannel,
  closeChannel,
  createChannel,
  shown,
  type Mailbox,
  type SendingChannel,
  type SignsIn,
  type TestsSending,
} from './change.ts'
import { findChannel, listChannels } from './queries.ts'
import {
  changedChannel,
  channelChanges,
  channels,
  createdChannel,
  newChannel,
  oneChannel,
  sentTest,
  type ChannelChanges,
} from './schema.ts'

const tags = ['Channels']
const config = { scopes: ['api_user'] } as const

interface Parts {
  mayReach: Reach
  signsIn: SignsIn
  testsSending: TestsSending
  rates: Rates
}

export const channelRoutes = (app: App, db: Db, { mayReach, signsIn, testsSending, rates }: Parts): void => {
  const tests = shared(rates, 'channel tests', { most: limits.channelTests })
  /** Where it was tried too often, the change itself goes on. */
  const tested = async (workspaceId: string, channel: SendingChannel) =>
    tests.wait(workspaceId) > 0 ? null : testsSending(channel)

  app.get(
    '/channels',
    {
      config,
      schema: {
        operationId: 'listChannels',
        summary: 'The ways in and out: mail addresses, chats and forms',
        description: 'Closed channels are not listed.',
        tags,
        params: pathOf(),
        querystring: Type.Object(pageQuery, { additionalProperties: false }),
        response: { 200: channels },
      },
    },
    async ({ caller: { workspaceId }, query: { limit, cursor } }) => {
      const list = ['channels', workspaceId]
      const after = anchorOf(list, cursor, ['string'])?.[0]
      const rows = await listChannels(db, workspaceId, { after, limit: limit + 1 })
      return { channels: pageFrom(rows.map(shown), { limit, list, anchor: ({ id }) => [id] }) }
    },
  )

  app.post(
    '/channels',
    {
      config: { ...config, holdsSecret: true },
      schema: {
        operationId: 'createChannel',
        summary: 'Open a mail address, a chat or a form',
        description:
          'Which fields there are depends on `kind`. The mail server of an EMAIL channel is tried, and the channel is made whatever comes of it.',
        errors: [
          'channel_email_taken',
          'domain_not_allowed',
          'mailbox_not_proven',
          'invalid_email',
          'too_many_requests',
        ],
        tags,
        params: pathOf(),
        body: newChannel,
        response: { 201: createdChannel },
      },
    },
    async ({ caller, body }, reply) => {
      assertReach(mayReach, body.smtpUrl)
      const { workspaceId } = caller
      const proven = (await signsIn(workspaceId, body)) ? body : undefined
      const create = (tx: Tx) => createChannel(tx, workspaceId, { ...body, proven })
      // nobody is connected to for a channel that will not be, and nothing is locked meanwhile
      const wanted = body.kind === 'EMAIL' ? await tryOut(db, create).catch(() => undefined) : undefined
      const test = wanted ? await tested(workspaceId, wanted) : null
      return answerOnce(db, reply, async (tx) => {
        const row = await create(tx)
        const secret = row.kind === 'CHAT' ? { identitySecret: row.secret! } : {}
        return { status: 201, body: { channel: { ...shown(row), ...secret }, test }, contactId: null }
      })
    },
  )

  app.get(
    '/channels/:channelId',
    {
      config: { ...config, hasVersion: true },
      schema: {
        operationId: 'getChannel',
        summary: 'One channel',
        description: 'Passwords and secrets are left out.',
        errors: ['channel_not_found'],
        tags,
        params: pathOf('channelId'),
        response: { 200: oneChannel },
      },
    },
    async ({ caller, params }) => ({
      channel: shown((await findChannel(db, caller.workspaceId, params.channelId)) ?? fail('channel_not_found')),
    }),
  )

  app.patch(
    '/channels/:channelId',
    {
      config: { ...config, hasVersion: true },
      schema: {
        operationId: 'updateChannel',
        summary: 'Change a channel; its kind and keys stay',
        description:
          'Takes the fields that the kind of the channel has. A new `smtpUrl` is tried, as when a channel is made.',
        errors: [
          'channel_not_found',
          'channel_email_taken',
          'domain_not_allowed',
          'mailbox_not_proven',
          'invalid_email',
          'too_many_requests',
        ],
        tags,
        params: pathOf('channelId'),
        body: channelChanges,
        response: { 200: changedChannel },
      },
    },
    async ({ caller: { workspaceId }, params: { channelId: id }, body: changes, headers }) => {
      assertReach(mayReach, changes.smtpUrl)
      const proven = await provenBy(workspaceId, id, changes)
      const row = await db.transaction((tx) =>
        changeChannel(tx, workspaceId, { id, changes, proven, ifMatch: headers['if-match'] }),
      )
      return { channel: shown(row), test: changes.smtpUrl === undefined ? null : await tested(workspaceId, row) }
    },
  )

  app.post(
    '/channels/:channelId/test',
    {
      config: { ...config, isLook: true },
      schema: {
        operationId: 'testChannel',
        summary: 'Whether mail can leave by an EMAIL channel: connects and signs in, and sends nothing',
        description: 'Takes 20 seconds at most. A workspace has 10 tests a minute.',
        errors: ['channel_not_found', 'too_many_requests'],
        tags,
        params: pathOf('channelId'),
        response: { 200: sentTest },
      },
    },
    async ({ caller: { workspaceId }, params: { channelId } }) => {
      const channel = (await findChannel(db, workspaceId, channelId)) ?? fail('channel_not_found')
      if (channel.kind !== 'EMAIL')
        fail('invalid_request', { sentence: 'Only a channel of the kind EMAIL sends mail.' })
      refuseAbove(tests, workspaceId, 'this workspace')
      return { test: await testsSending(channel) }
    },
  )

  const provenBy = async (workspaceId: string, id: string, changes: ChannelChanges): Promise<Mailbox | undefined> => {
    if (changes.email === undefined && changes.smtpUrl === undefined) return undefined
    const after = { ...(await findChannel(db, workspaceId, id)), ...changes }
    return (await signsIn(workspaceId, after)) ? after : undefined
  }

  app.delete(
    '/channels/:channelId',
    {
      config,
      schema: {
        operationId: 'deleteChannel',
        summary: 'Close a channel; the conversations that came through it stay',
        description:
          'Its address becomes free and its keys stop working. Answers in its conversations leave by the first EMAIL channel of the workspace.',
        errors: ['channel_not_found'],
        tags,
        params: pathOf('channelId'),
        response: { 204: Type.Null({ description: 'Closed.' }) },
      },
    },
    async ({ caller, params }, reply) => {
      const closed = await db.transaction((tx) => closeChannel(tx, caller.workspaceId, params.channelId))
      if (closed === 0) fail('channel_not_found')
      return reply.code(204).send(null)
    },
  )
}
