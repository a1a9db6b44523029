import { aheadOfDatabase } from '../clock.ts'
import type { Config } from '../config.ts'
import { currentTime } from '../current-time.ts'
import type { Db } from '../db/db.ts'
import { settingsOf } from '../db/settings.ts'
import { limits } from '../limits.ts'
import { failed, type Finding, messageOf, ok, warn } from './finding.ts'

/** Not as bad as the others: the server runs with them. */
const lesser = new Set(['is_superuser', 'auto_vacuum'])

export const checkDatabase = async (db: Db, { databaseConnections }: Config): Promise<Finding[]> => {
  const { version, settings } = await settingsOf(db, databaseConnections)
  const wrong = settings.filter(({ isRight }) => !isRight)
  return [
    ok('database', `${db.engine === 'sqlite' ? 'SQLite' : 'PostgreSQL'} ${version} answers.`),
    await db.ready().then(
      () => ok('database writes', 'It takes writes.'),
      (error: unknown) => failed('database writes', messageOf(error), 'Look at the disk and the log of the database.'),
    ),
    ...wrong.map(({ name, value, action }) =>
      (lesser.has(name) ? warn : failed)('database settings', `${name} is ${value}.`, action),
    ),
    ...(wrong.length === 0
      ? [ok('database settings', `${settings.map(({ name }) => name).join(', ')} are right.`)]
      : []),
    ...(await checkClocks(db)),
  ]
}

const checkClocks = async (db: Db): Promise<Finding[]> => {
  const ahead = await aheadOfDatabase(db)
  const behind = currentTime() - Date.now()
  const seconds = (milliseconds: number) => Math.round(Math.abs(milliseconds) / 1000)
  const action = 'Synchronise the clocks of all machines (NTP).'
  return [
    ...(Math.abs(ahead) > limits.clockDifference
      ? [failed('clock', `It is ${seconds(ahead)} s ${ahead > 0 ? 'ahead of' : 'behind'} the database's.`, action)]
      : []),
    ...(behind > limits.clockDifference
      ? [warn('clock', `It is ${seconds(behind)} s behind what was written last.`, action)]
      : []),
  ]
}
