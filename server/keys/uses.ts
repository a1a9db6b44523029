import type { Db } from '../db/db.ts'
import { setLastUsed } from './queries.ts'

const interval = 60_000

/** Notes when a key is used: at most once a minute, and nobody waits for it. One that cannot be noted is not missed. */
export const noteUses = (db: Db): ((keyId: string) => void) => {
  const noted = new Map<string, number>()
  return (keyId) => {
    const now = Date.now()
    if (now < (noted.get(keyId) ?? 0) + interval) return
    noted.set(keyId, now)
    const times = { at: new Date(now).toISOString(), unlessSince: new Date(now - interval).toISOString() }
    setLastUsed(db, keyId, times).catch(() => {})
  }
}
