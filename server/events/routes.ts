import type { Readable } from 'node:stream'
import { Type } from 'typebox'
import { limits } from '../limits.ts'
import { createEventStreams, sendStream } from '../http/event-stream.ts'
import { networkOf } from '../http/network.ts'
import type { OpaqueOf } from '../http/opaque.ts'
import { pathOf, type App } from '../http/schema.ts'
import type { CallerOf } from '../keys/caller.ts'
import type { PresenceWatch } from '../presence/watch.ts'
import { followWorkspace } from './follow.ts'
import type { Live } from './live.ts'
import { changeEvent, presenceEvent } from './schema.ts'

interface Parts {
  callerOf: CallerOf
  live: Live
  presence: PresenceWatch
  opaqueOf: OpaqueOf
}

const idCharacters = 64
/** The data of an event. */
const eventData = Type.Unsafe<Readable>(Type.Union([changeEvent, presenceEvent]))
/** No event has it: whoever comes with the id of another workspace, or with none of ours, is told to load everything anew. */
const unknown = 0

export const eventRoutes = (app: App, { callerOf, live, presence, opaqueOf }: Parts): void => {
  const { streamsOfCaller: ofOwner, streamsOfAddress: ofAddress, streams: all } = limits
  const streams = createEventStreams({ ofOwner, ofAddress, all })
  app.addHook('preClose', async () => streams.closeAll())

  app.get(
    '/events',
    {
      // whoever asks for the head only would never read, and never end
      exposeHeadRoute: false,
      schema: {
        operationId: 'followEvents',
        summary: 'Server-sent events: what changes in the workspace, as it happens',
        description:
          'The events are called `change`, `presence` and `reload`: see ChangeEvent and PresenceEvent. `reload` says that events were missed and are no longer known. A browser that reconnects names the last event that it has.',
        errors: ['too_many_requests', 'not_ready'],
        tags: ['Events'],
        params: pathOf(),
        querystring: Type.Object(
          {
            after: Type.Optional(
              Type.String({
                maxLength: idCharacters,
                description: 'The id of the last event that is known: the later ones come first.',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        headers: Type.Object({
          'last-event-id': Type.Optional(Type.String({ description: 'The same, as browsers say it.' })),
        }),
        response: {
          200: {
            description:
              'Events called `change` {kind,contactId,conversationId,messageId,createdAt}, `presence` {conversationId,agents} and `reload`: what was missed is no longer known.',
            content: { 'text/event-stream': { schema: eventData } },
          },
        },
      },
    },
    async (request, reply) => {
      const { caller, ip, headers, query } = request
      const isAllowed = async () => (await callerOf(request))?.workspaceId === caller.workspaceId
      const opened = { owner: caller.id, from: networkOf(ip), whom: 'this caller or address', isAllowed }
      const stream = streams.open(opened)
      const ids = await opaqueOf(caller.workspaceId)
      const last = headers['last-event-id'] ?? query.after
      const after = last === undefined ? undefined : (ids.find(last) ?? unknown)
      const parts = { live, presence, stream, ids, isAllowed }
      await followWorkspace(parts, { workspaceId: caller.workspaceId, after }).catch((error: unknown) => {
        stream.destroy()
        throw error
      })
      return sendStream(reply, stream)
    },
  )
}
