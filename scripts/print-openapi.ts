import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildApp } from '../server/app.ts'
import { readConfig } from '../server/config.ts'
import { openDatabase } from '../server/db/open.ts'
import { createLog } from '../server/http/log.ts'
import { createMailParser } from '../server/mime/parser.ts'

// The description that a server of this version gives, for the linter and for client generators.

const dataDir = mkdtempSync(join(tmpdir(), 'support-inbox-openapi-'))
const onFatal = (error: Error) => {
  throw error
}
const config = readConfig({})
const db = await openDatabase({ ...config, dataDir }, { role: 'command', onFatal })
const parser = createMailParser()
const app = await buildApp({ db, parser, config, log: createLog('silent') })
const { body } = await app.inject({ url: '/openapi.json' })
process.stdout.write(`${JSON.stringify(JSON.parse(body), null, 2)}\n`)
await app.close()
parser.close()
await db.close()
rmSync(dataDir, { recursive: true })
