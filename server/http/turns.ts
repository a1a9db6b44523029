import type { App } from './schema.ts'

/** Of each workspace in one turn of the event loop. More cost less of it each; others wait longer. */
const most = 4

type Begin = () => void

/**
 * Of each workspace so many requests begin in one turn of the event loop; those beyond wait for the next ones, the callers of
 * the workspace in turn. So whoever asks without end holds up the others by a few answers, and not by all that have arrived.
 */
export const takeTurns = (app: App): void => {
  const begun = new Map<string, number>()
  /** By workspace, then by caller. */
  const waiting = new Map<string, Map<string, Begin[]>>()

  const nextTurn = (): void => {
    begun.clear()
    for (const [workspaceId, callers] of waiting) {
      const next = takeFrom(callers)
      if (callers.size === 0) waiting.delete(workspaceId)
      begun.set(workspaceId, next.length)
      for (const begin of next) begin()
    }
    if (begun.size > 0) setImmediate(nextTurn)
  }

  app.addHook('onRequest', ({ caller: { id, workspaceId } }, _reply, done) => {
    const before = begun.get(workspaceId) ?? 0
    if (before < most) {
      if (begun.size === 0) setImmediate(nextTurn)
      begun.set(workspaceId, before + 1)
      done()
      return
    }
    const callers = waiting.get(workspaceId) ?? new Map<string, Begin[]>()
    waiting.set(workspaceId, callers)
    const requests = callers.get(id)
    if (requests) requests.push(done)
    else callers.set(id, [done])
  })
}

const takeFrom = (callers: Map<string, Begin[]>): Begin[] => {
  const taken: Begin[] = []
  for (const [id, requests] of callers) {
    taken.push(requests.shift()!)
    callers.delete(id)
    // the last of all now, to which the loop comes again
    if (requests.length > 0) callers.set(id, requests)
    if (taken.length === most) break
  }
  return taken
}
