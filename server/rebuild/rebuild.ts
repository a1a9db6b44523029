import { setTimeout as sleep } from 'node:timers/promises'
import type { Db } from '../db/db.ts'
import { timeAfter } from '../db/spelling.ts'
import { sql } from '../db/sql.ts'
import type { Log } from '../http/log.ts'
import { searchOf } from '../search/engine.ts'
import { beginIndex, countRows, forgetIndex, listIndexes, lockIndexes, setState } from '../search/indexes.ts'
import { searched } from '../search/searched.ts'
import { newestVersion } from '../search/terms.ts'
import { backfillStep, end } from './backfill.ts'

/** How long a process may still be asking an index that was retired, milliseconds; it looks which one answers once a second. */
const retirement = 10_000
/** How long it rests: after a step, times what the step took; while another process is at work; after a failure; milliseconds. */
const rests = { step: 2, busy: 2000, failure: 2000 }
/** Milliseconds between two lines in the log that say how far it is. */
const between = 30_000

/** `done`: only the newest index is left. `waiting`: another process is at work, or an old one may still be asked. */
type Step = 'did' | 'waiting' | 'done'

/** The next step from whatever was stored last, so that it goes on after any end. */
export const rebuildStep = async (db: Db): Promise<Step> => {
  const indexes = await listIndexes(db)
  const newest = indexes.find(({ version }) => version === newestVersion)
  if (!newest) return begin(db)
  if (newest.state === 'BUILDING') {
    const table = searched.find((each) => newest[each] !== end)
    if (!table) return finish(db)
    return (await backfillStep(db, table, newestVersion)) ? 'did' : 'waiting'
  }
  const old = indexes.find(({ version }) => version < newestVersion)
  if (!old) return 'done'
  if (old.state !== 'DROPPED') return drop(db, old.version)
  return db.transaction<Step>(async (tx) => {
    if (await searchOf(tx).dropSome(tx, old.version)) await forgetIndex(tx, old.version)
    return 'did'
  })
}

const begin = async (db: Db): Promise<Step> => {
  const rows = await countRows(db)
  return db.transaction<Step>(async (tx) => {
    const indexes = await lockIndexes(tx)
    if (!indexes.some(({ version }) => version === newestVersion)) await beginIndex(tx, rows)
    return 'did'
  })
}

const finish = (db: Db): Promise<Step> =>
  db.transaction<Step>(async (tx) => {
    const indexes = await lockIndexes(tx)
    if (!indexes.some(({ version, state }) => version === newestVersion && state === 'BUILDING')) return 'did'
    for (const { version, state } of indexes) if (state === 'ACTIVE') await setState(tx, version, 'RETIRED')
    await setState(tx, newestVersion, 'ACTIVE')
    return 'did'
  })

const drop = (db: Db, version: number): Promise<Step> =>
  db.transaction<Step>(async (tx) => {
    const isOver = await tx.one(
      sql`select version from search_indexes where version = ${version} and changed_at <= ${timeAfter(tx, -retirement)}`,
    )
    if (!isOver) return 'waiting'
    await lockIndexes(tx)
    await setState(tx, version, 'DROPPED')
    return 'did'
  })

interface Parts {
  db: Db
  log: Log
}

/** Brings the search index to the newest version, in the background. */
export const keepRebuilding = ({ db, log }: Parts): { close(): Promise<void> } => {
  const closing = new AbortController()
  const { signal } = closing
  const loop = async () => {
    let said = -Infinity
    while (!signal.aborted) {
      const begin = performance.now()
      const step = await rebuildStep(db).catch((error: unknown) => {
        log('error', { task: 'search rebuild', error: String(error) })
        return 'failed' as const
      })
      if (step === 'done') return
      if (performance.now() > said + between) {
        said = performance.now()
        for (const { version, state, rowsDone, rowsTotal } of await listIndexes(db).catch(() => []))
          if (version === newestVersion) log('info', { task: 'search rebuild', version, state, rowsDone, rowsTotal })
      }
      const rest = { did: (performance.now() - begin) * rests.step, waiting: rests.busy, failed: rests.failure }[step]
      await sleep(rest, undefined, { signal }).catch(() => {})
    }
  }
  const running = loop()
  return {
    close: async () => {
      closing.abort()
      await running
    },
  }
}
