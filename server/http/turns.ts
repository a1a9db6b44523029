import type { App } from './schema.ts'

/** Of each workspace in one turn of the event loop. More cost less of it each; others wait longer. */
const most = 4

/**
 * Of each workspace so many requests begin in one turn of the event loop; those beyond wait for the next ones, in their order.
 * So a workspace that asks without end holds up the others by a few answers, and not by all that have arrived from it.
 */
export const takeTurns = (app: App): void => {
  const begun = new Map<string, number>()
  const waiting = new Map<string, (() => void)[]>()

  const nextTurn = (): void => {
    begun.clear()
    for (const [workspaceId, requests] of waiting) {
      const next = requests.splice(0, most)
      if (requests.length === 0) waiting.delete(workspaceId)
      begun.set(workspaceId, next.length)
      for (const begin of next) begin()
    }
    if (begun.size > 0) setImmediate(nextTurn)
  }

  app.addHook('onRequest', ({ caller: { workspaceId } }, _reply, done) => {
    const before = begun.get(workspaceId) ?? 0
    if (before < most) {
      if (begun.size === 0) setImmediate(nextTurn)
      begun.set(workspaceId, before + 1)
      done()
      return
    }
    const requests = waiting.get(workspaceId)
    if (requests) requests.push(done)
    else waiting.set(workspaceId, [done])
  })
}
