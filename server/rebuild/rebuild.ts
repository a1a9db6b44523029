import type { Db } from '../db/db.ts'
import { timeAfter } from '../db/spelling.ts'
import { sql } from '../db/sql.ts'
import type { Log } from '../http/log.ts'
import { inSteps, type Background, type Step } from '../jobs/background.ts'
import { searchOf } from '../search/engine.ts'
import { beginIndex, countRows, forgetIndex, listIndexes, lockIndexes, setState } from '../search/indexes.ts'
import { searched } from '../search/searched.ts'
import { newestVersion } from '../search/terms.ts'
import { backfillStep, end } from './backfill.ts'

/** How long a process may still be asking an index that was retired, milliseconds; it looks which one answers once a second. */
const retirement = 10_000
/**
 * The next step from whatever was stored last, so that it goes on after any end. `done`: only the newest index is left.
 * `waiting`: another process is at work, or an old one may still be asked.
 */
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
export const keepRebuilding = ({ db, log }: Parts): Background =>
  inSteps({
    log,
    task: 'search rebuild',
    step: () => rebuildStep(db),
    progress: async () =>
      (await listIndexes(db))
        .filter(({ version }) => version === newestVersion)
        .map(({ version, state, rowsDone, rowsTotal }) => ({ version, state, rowsDone, rowsTotal })),
    rests: { waiting: 2000, failed: 2000 },
  })
