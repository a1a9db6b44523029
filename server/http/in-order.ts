import type { App } from './schema.ts'

/**
 * A request that is sent behind another one on its connection, without waiting for that one's answer, begins when the answer
 * has left: answers go out in order anyway (RFC 9112, 9.3.2). So nobody is served before others for sending many at once,
 * whoever reads nothing is owed a single answer, and what nobody waits for any more is not begun.
 */
export const beginInOrder = (app: App): void => {
  app.addHook('onRequest', (_request, { raw }, done) => {
    // Node.js gives an answer its connection when the one before has left
    if (raw.socket === null) raw.once('socket', () => done())
    else done()
  })
}
