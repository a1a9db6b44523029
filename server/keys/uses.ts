import { currentTime } from '../current-time.ts'

const interval = 60_000

type Set = (id: string, times: { at: string; unlessSince: string }) => Promise<unknown>

/** Notes when a key or session is used: at most once a minute, and nobody waits for it. One that cannot be noted is not missed. */
export const noteUses = (set: Set): ((id: string) => void) => {
  const noted = new Map<string, number>()
  return (id) => {
    if (performance.now() < (noted.get(id) ?? -Infinity) + interval) return
    noted.set(id, performance.now())
    const now = currentTime()
    const times = { at: new Date(now).toISOString(), unlessSince: new Date(now - interval).toISOString() }
    set(id, times).catch(() => {})
  }
}
