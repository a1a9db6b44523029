import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { limits } from '../limits.ts'
import type { App } from './schema.ts'

/** Smaller answers are not worth the count: as many as there may be connections fit into memory. */
const small = 64 * 1024

/** What the system holds of an answer besides, of which it tells nothing: a MiB at least, some take more. */
const besides = 1024 * 1024

/** How often it is looked, milliseconds. */
const interval = 100

/**
 * Of answers that nobody has read yet only so many bytes are held. Beyond that those that have waited longest are cut off:
 * whoever asks for megabytes over many connections and reads none of them takes little more memory than this.
 */
export const cutUnread = (app: App): void => {
  /** Large answers on their way, the oldest first, and what those that come piece by piece are read from. */
  const sending = new Map<ServerResponse, Readable | undefined>()
  let timer: NodeJS.Timeout | undefined

  const makeRoom = () => {
    const held = [...sending].map(([response, source]) => ({ response, bytes: unread(response, source) }))
    let bytes = held.reduce((sum, each) => sum + each.bytes, 0)
    for (const each of held) {
      if (bytes <= limits.unreadBytes) return
      if (each.bytes > 0) each.response.destroy()
      bytes -= each.bytes
    }
  }

  const begin = (response: ServerResponse, source?: Readable) => {
    // who asked is gone already, and nothing will close any more
    if (response.destroyed) return
    sending.set(response, source)
    timer ??= setInterval(makeRoom, interval)
    response.once('close', () => {
      sending.delete(response)
      if (sending.size > 0) return
      clearInterval(timer)
      timer = undefined
    })
  }

  app.addHook('onSend', (_request, { raw }, payload, done) => {
    // a long text is made bytes once: to count them and to write them as they are would take twice as long
    const body = typeof payload === 'string' && payload.length > small ? Buffer.from(payload) : payload
    if (body instanceof Readable) begin(raw, body)
    else if (Buffer.isBuffer(body) && body.length > small) begin(raw)
    done(null, body)
  })
}

const unread = (response: ServerResponse, source: Readable | undefined): number =>
  response.writableLength === 0 ? 0 : response.writableLength + (source?.readableLength ?? 0) + besides
