import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startApp } from '../../test/app.ts'
import { makeContact, makeConversation } from '../../test/make.ts'
import { holdContact } from '../contacts/queries.ts'
import { holdConversation } from '../conversations/queries.ts'
import { merge } from './merge.ts'

/** Long enough for a statement to wait for a lock. */
const soon = 300

test('who waited for a conversation while its contact was merged waits for the other contact with empty hands', async (t) => {
  const { inbox, db } = await startApp(t)
  const { workspaceId } = inbox
  const { id, contactId: from } = await makeConversation(inbox, { email: 'visitor@example.com' })
  const { id: into } = await makeContact(inbox, { email: 'jane@example.com' })
  const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>()
  const { promise: isMerged, resolve: merged } = Promise.withResolvers<void>()
  const merging = db.transaction(async (tx) => {
    await merge(tx, workspaceId, { from, into })
    merged()
    await mayCommit
  })
  await isMerged
  let tries = 0
  const first = db.transaction((tx) => {
    tries += 1
    return holdConversation(tx, workspaceId, id)
  })
  const second = db.transaction(async (tx) => {
    tries += 1
    await holdContact(tx, workspaceId, into)
    await sleep(soon)
    return holdConversation(tx, workspaceId, id)
  })
  await sleep(soon)
  commit()
  await merging
  const held = await Promise.all([first, second])
  assert.deepEqual(
    held.map((each) => each?.contactId),
    [into, into],
  )
  // PostgreSQL would have broken a circle, and one of them would have begun anew
  assert.equal(tries, 2)
})
