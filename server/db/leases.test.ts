import assert from 'node:assert/strict'
import test from 'node:test'
import { startApp } from '../../test/app.ts'
import { beginImport, failLostImports, findUnfinished, holdImport, insertImport } from '../imports/queries.ts'
import { runningImports, setProgress } from '../imports/progress.ts'
import { claim, dueQueues, enqueue, pause } from '../jobs/queries.ts'
import { listPresence, setPresence } from '../presence/queries.ts'

test('no lease ends early, or lasts longer, by the clock of another process', async (t) => {
  const { db, inbox } = await startApp(t)
  const { workspaceId } = inbox
  const { conversation } = (
    await inbox.post('/conversations', { email: 'jane@example.org', subject: 'x', contentText: 'x' })
  ).body
  const { id: agentId } = (await inbox.post('/agents', { name: 'Ada', email: 'ada@example.com' })).body.agent
  const settings = { include: [], update: false, map: {} }
  const given = { own: [], settings, columns: null, conversationStatus: 'OPEN' as const }
  const file = { name: 'a.mbox', kind: 'MBOX' as const, bytes: 1, ...given }
  const present = async () => (await listPresence(db, workspaceId)).length
  const progress = { id: 'imp_x', read: 1, stored: 1, duplicates: 0, failed: 0 }

  for (const hours of [1, -1]) {
    const id = `imp_${hours}`
    await db.transaction((tx) => insertImport(tx, workspaceId, { ...file, id }))
    const held = await beginImport(db, (await findUnfinished(db, id))!, 60_000)
    assert.ok(held)
    await setProgress(db, workspaceId, progress)
    await db.transaction((tx) =>
      setPresence(tx, workspaceId, { conversationId: conversation.id, agentId, state: 'VIEWING' }),
    )
    await enqueue(db, workspaceId, { kind: 'test', subjectId: 'x' })
    while (await claim(db, { queue: '', after: '', lease: 60_000 }));
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + hours * 3_600_000 })
    assert.equal((await findUnfinished(db, id))!.isHeld, 1)
    assert.equal(await beginImport(db, held, 60_000), undefined)
    assert.equal(await failLostImports(db), 0)
    assert.equal((await runningImports(db)).length, 1)
    assert.equal(await present(), 1)
    assert.equal(await claim(db, { queue: '', after: '', lease: 60_000 }), undefined)
    await enqueue(db, workspaceId, { kind: 'test', subjectId: 'x' })
    await holdImport(db, held, -1)
    await pause(db, { queue: '', wait: 60_000, reason: 'x' })
    t.mock.timers.reset()
    assert.deepEqual(await dueQueues(db), [])
    await pause(db, { queue: '', wait: -1, reason: 'x' })
    assert.deepEqual(await dueQueues(db), [''])
    assert.equal((await findUnfinished(db, id))!.isHeld, 0)
  }
})
