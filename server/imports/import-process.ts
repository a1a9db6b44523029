import { once } from 'node:events'
import { readConfig, Refusal } from '../config.ts'
import { limits } from '../limits.ts'
import { openDatabase } from '../db/open.ts'
import { ApiError } from '../errors.ts'
import { createMailParser } from '../mime/parser.ts'
import { pathOfImport } from './files.ts'
import { giveWay } from './give-way.ts'
import { importFile } from './import-file.ts'
import { kindOf } from './mails.ts'
import { finishImport, setState, type ImportSettings, type Unfinished } from './queries.ts'
import { Report } from './report.ts'
import { NotNow, notNowCode } from './storing.ts'
import { tellServers } from './tell.ts'

// Imports one file that was sent, beside the server that has it: its parent names it, and is told by the exit code
// whether it came to an end.

const interval = 500

const stateOf = (report: Report, unusedColumns: string[]) => {
  const { read, stored, duplicates: alreadyThere, failed, contacts, conversations, bytesRead } = report
  const { leftOut, updated } = report
  const problems = [...report.failures, ...report.notices]
    .slice(0, limits.importProblems)
    .map(({ place, reason }) => ({ where: place, why: reason }))
  const counts = { read, stored, alreadyThere, failed, leftOut, updated, contacts, conversations, bytesRead }
  return { ...counts, problems, unusedColumns }
}

const main = async (held: Unfinished): Promise<void> => {
  const config = readConfig(process.env)
  const db = await openDatabase(config, {
    role: 'command',
    onFatal: (error) => {
      throw error
    },
  })
  const { id, workspaceId, name, conversationStatus: status } = held
  const servers = tellServers(db, workspaceId, id)
  const report = new Report(servers.tell)
  const tell = async (unused: string[] = []) => {
    if ((await setState(db, held, stateOf(report, unused))) === 0) throw new Error('another process has begun it')
  }
  const timer = setInterval(() => void tell().catch(() => {}), interval)
  const own = new Set(JSON.parse(held.own) as string[])
  const { include = [], update = false, map = {} } = JSON.parse(held.settings) as Partial<ImportSettings>
  const wanted = { include: new Set(include), update, map: new Map(Object.entries(map)) }
  const path = pathOfImport(config.dataDir, id)
  const options = {
    db,
    workspaceId,
    path,
    name,
    own,
    status,
    ...wanted,
    mailBytes: config.mailBytes,
    dryRun: false,
    report,
  }
  let reason: string | null = null
  let unused: string[] = []
  try {
    unused = await importFile({ ...options, parser: createMailParser(), kind: await kindOf(path, name) })
  } catch (error) {
    if (error instanceof NotNow || !(error instanceof Refusal)) throw error
    reason = error.message
  }
  clearInterval(timer)
  await tell(unused)
  await finishImport(db, held, reason)
  await servers.end()
  await db.close()
}

process.once('disconnect', () => process.exit(1))
giveWay()
const [held] = (await once(process, 'message')) as [Unfinished]
try {
  await main(held)
  process.exit(0)
} catch (error) {
  const isPassing = error instanceof Refusal || (error instanceof ApiError && error.statusCode === 503)
  process.stderr.write(`${isPassing ? error.message : String((error as Error).stack ?? error)}\n`, () =>
    process.exit(isPassing ? notNowCode : 1),
  )
}
