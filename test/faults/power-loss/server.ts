import { setTimeout as sleep } from 'node:timers/promises'
import { readConfig } from '../../../server/config.ts'
import { buildApp } from '../../../server/app.ts'
import { migrate } from '../../../server/db/migrate.ts'
import { openSqlite } from '../../../server/db/sqlite.ts'
import { openWalFile, type WalFile } from '../../../server/db/wal-file.ts'
import { scrubErased } from '../../../server/erasure/scrub.ts'
import { createLog } from '../../../server/http/log.ts'
import { createMailParser } from '../../../server/mime/parser.ts'
import { firstStart } from '../../../server/welcome.ts'

// node server.ts FOLDER [early]: the server, with a WAL that is started anew, and a scrub of what was erased, all the time.
// "early" answers before the sync: the mistake that the test must notice.

const [dataDir = '', mistake] = process.argv.slice(2)

const tooEarly = (file: string): WalFile => {
  const wal = openWalFile(file)
  // at once would do on a disk in memory, which is quicker than any answer
  return { ...wal, sync: async () => void setTimeout(() => wal.sync().catch(() => {}), 20) }
}

const db = openSqlite({
  dataDir,
  role: 'server',
  onFatal: (error) => {
    throw error
  },
  openWal: mistake === 'early' ? tooEarly : openWalFile,
  restartAbove: 40,
})
await migrate(db)
const parser = createMailParser()
const app = await buildApp({ db, parser, config: readConfig({ RATE_LIMIT: 'off' }), log: createLog('error') })
const address = await app.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`${JSON.stringify({ address, ...(await firstStart(db, true)) })}\n`)
const closing = new AbortController()
const scrubbing = (async () => {
  while (!closing.signal.aborted) {
    await scrubErased(db)
    await sleep(200)
  }
})()
process.on('SIGTERM', () => {
  closing.abort()
  void scrubbing.then(() => app.close()).then(() => (parser.close(), db.close()))
})
