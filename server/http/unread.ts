import type { ServerResponse } from 'node:http'
import { limits } from '../config.ts'
import type { App } from './schema.ts'

/** Smaller answers are not worth the count: as many as there may be connections fit into memory. */
const small = 64 * 1024

/**
 * Of answers that nobody has read yet only so many bytes are held. Beyond that those that have waited longest are cut off:
 * whoever asks for megabytes over many connections and reads none of them takes no more memory than this.
 */
export const cutUnread = (app: App): void => {
  const unread = new Map<ServerResponse, number>()
  let bytes = 0
  const forget = (response: ServerResponse) => {
    bytes -= unread.get(response) ?? 0
    unread.delete(response)
  }
  app.addHook('onSend', (_request, { raw }, payload, done) => {
    // a long text is made bytes once: to count them and to write them as they are would take twice as long
    const body = typeof payload === 'string' && payload.length > small ? Buffer.from(payload) : payload
    const size = Buffer.isBuffer(body) ? body.length : 0
    if (size > small) {
      unread.set(raw, size)
      bytes += size
      raw.once('close', () => forget(raw))
      for (const oldest of unread.keys()) {
        if (bytes <= limits.unreadBytes || oldest === raw) break
        forget(oldest)
        oldest.destroy()
      }
    }
    done(null, body)
  })
}
