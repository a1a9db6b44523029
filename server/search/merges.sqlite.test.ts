import { limits } from '../limits.ts'
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import { freshFolder } from '../../test/app.ts'
import { startServer } from '../../test/process.ts'
import { readConfig } from '../config.ts'
import { openDatabase } from '../db/open.ts'
import { importFile } from '../imports/import-file.ts'
import { Report } from '../imports/report.ts'
import { createMailParser } from '../mime/parser.ts'
import { createWorkspace } from '../workspaces/queries.ts'
import { expectMany } from './indexes.ts'

test('words are merged less while an archive is imported, and as usual after it, also when it was killed', async (t) => {
  const DATA_DIR = await freshFolder(t)
  const path = join(DATA_DIR, 'jane.eml')
  writeFileSync(path, 'From: jane@example.com\r\nSubject: Invoice\r\n\r\nWhere is it?\r\n')
  const mergedAtOnce = () => {
    const database = new DatabaseSync(join(DATA_DIR, 'support-inbox.db'), { readOnly: true })
    const set = database.prepare("select v from messages_terms_2_config where k = 'automerge'").get()
    database.close()
    return set?.['v']
  }
  const db = await openDatabase(readConfig({ DATA_DIR }), { role: 'command', onFatal: assert.fail })
  const { id: workspaceId } = await db.transaction((tx) => createWorkspace(tx, 'Archive'))
  const during: unknown[] = []
  const report = new Report(() => during.push(mergedAtOnce()))
  const archive = {
    path,
    kind: 'mail',
    own: new Set<string>(),
    status: 'CLOSED',
    map: new Map(),
    update: false,
    include: new Set<never>(),
  } as const
  await importFile({
    db,
    parser: createMailParser(),
    workspaceId,
    dryRun: false,
    report,
    mailBytes: limits.mailBytes,
    ...archive,
  })
  assert.deepEqual([...new Set(during), mergedAtOnce()], [8, 4])

  await expectMany(db, true)
  await db.close()
  assert.equal(mergedAtOnce(), 8)
  const server = await startServer(t, { DATA_DIR })
  assert.equal(await server.stop('SIGTERM'), 0)
  assert.equal(mergedAtOnce(), 4)
})
