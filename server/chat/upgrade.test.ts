import assert from 'node:assert/strict'
import test from 'node:test'
import { startApp } from '../../test/app.ts'
import { startChat } from '../../test/chat.ts'
import { chatTokens } from '../db/migrations/027-chat-tokens.ts'
import { sql, verbatim } from '../db/sql.ts'

/** What the change does to stored rows: from the first update on, but for the column that goes. */
const changes = chatTokens
  .statements({} as never)
  .filter((text) => text.startsWith('update'))
  .map((text) => text.replace('where is_verified = 1', "where claim = 'was verified'"))

test('the upgrade gives conversations to those who surely opened them', async (t) => {
  const started = await startApp(t)
  const { inbox, db } = started
  const { visitor, sign } = await startChat(started, inbox)
  const idOf = ({ token }: { token: string }) => token.split('.')[0]!
  const identity = { email: 'jane@example.com', signature: sign('jane@example.com') }
  const [alone, impostor, jane] = [await visitor(), await visitor(), await visitor(identity)]
  await alone.say('Alone')
  const { conversationId } = (await impostor.say('I am Jane')).body.message
  const { contact } = (await inbox.get(`/conversations/${conversationId}`)).body.conversation
  await inbox.patch(`/contacts/${contact.id}`, { email: 'jane@example.com' })
  const verified = await visitor(identity, jane.token)
  await verified.say('The code is 4711')
  // as it was before
  await db.run(sql`update conversations set visitor_id = null`)
  await db.run(sql`update chat_visitors set claim = 'was verified' where id = ${idOf(verified)}`)
  await db.run(sql`update chat_visitors set verified_key = null, token_number = 0`)
  for (const text of changes) await db.run(verbatim(text))

  assert.deepEqual(await alone.texts(), ['Alone'])
  assert.deepEqual(await impostor.texts(), [])
  const again = await visitor(identity, verified.token)
  assert.notEqual(again.token, verified.token)
  assert.deepEqual((await again.texts()).toSorted(), ['I am Jane', 'The code is 4711'])
})
