import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { bounce } from '../../test/bounce.ts'
import { command } from '../../test/process.ts'
import { startMail } from '../../test/smtp.ts'
import { check } from '../check/check.ts'
import type { Db } from '../db/db.ts'
import { newId } from '../db/id.ts'
import { sql } from '../db/sql.ts'
import { keepRaw, readRaw, storeWithMessage } from '../messages/raw.ts'
import { beginningOf, forgetOldStrays, insertStray, listStrays, namesIn, tidyStrays } from './strays.ts'

const headers = { 'content-type': 'message/rfc822' }

const startStrays = async (t: TestContext) => {
  const started = await startMail(t)
  const { inbox, channel, db } = started
  const arrive = async (raw: Buffer) => {
    const { body } = await inbox.post(`/channels/${channel.id}/mail`, raw, headers)
    assert.equal(body.conversation, null)
    return body.message.id as string
  }
  const bytesOf = async (id: string) => (await readRaw(db, inbox.workspaceId, id))!
  return { ...started, arrive, bytesOf }
}

/** As versions before the cut kept them. */
const storeWhole = async (db: Db, workspaceId: string, raw: Buffer) => {
  const id = newId('msg')
  const row = { id, workspaceId, channelId: null, reason: 'x', size: raw.length, receivedSize: raw.length }
  const store = () =>
    db.transaction(async (tx) => {
      await insertStray(tx, { ...row, createdAt: new Date().toISOString(), key: id, names: '' })
      await storeWithMessage(tx, { workspaceId, messageId: id, raw })
      await tx.run(sql`update stray_reports set names = null, received_size = null where id = ${id}`)
    })
  await keepRaw(db, { workspaceId, messageId: id, raw }, { store, isClaimed: () => true })
  return id
}

const about = '<unknown@example.com>'

test('of a stray report headers and 64 KiB of the body are kept', async (t) => {
  const { arrive, bytesOf, db, inbox, url, dataDir } = await startStrays(t)
  const raw = bounce({ about, padding: 300_000 })
  const id = await arrive(raw)
  const kept = raw.subarray(0, raw.indexOf('\r\n\r\n') + 4 + 65_536)
  assert.ok((await bytesOf(id)).equals(kept))
  const whole = bounce({ about })
  assert.ok((await bytesOf(await arrive(whole))).equals(whole))
  assert.deepEqual(
    (await listStrays(db, inbox.workspaceId)).map(({ size, receivedSize }) => [size, receivedSize]),
    [
      [whole.length, whole.length],
      [kept.length, raw.length],
    ],
  )
  // the same once more
  assert.equal((await inbox.post(`/channels/${(await listStrays(db))[0]!.channelId}/mail`, raw, headers)).status, 200)
  assert.deepEqual(await check(db, { repair: false }), [])
  const reports = (...words: string[]) =>
    command(['reports', ...words], { env: url === '' ? { DATA_DIR: dataDir } : { DATABASE_URL: url } })
  assert.match(
    (await reports('list')).stdout,
    new RegExp(`^${id}  20\\S+ +${kept.length} of ${raw.length} bytes  550 5`, 'm'),
  )
  assert.ok(Buffer.from((await reports('show', id, '--json')).json().raw, 'base64').equals(kept))
  assert.equal((await reports('delete', id)).stdout, `${id} is deleted.\n`)
  assert.match((await reports('show', id)).stderr, /^There is no report msg_/)
})

test('endless headers and endless addresses are cut, too', () => {
  const endless = Buffer.from(`Subject: x\r\n${'X: y\r\n'.repeat(100_000)}\r\nbody`)
  assert.equal(beginningOf(endless).length, 128 * 1024)
  const addresses = Buffer.from(`Subject: x\r\n\r\n${Array.from({ length: 9000 }, (_, i) => `a${i}@x.yz`).join(' ')}`)
  const kept = beginningOf(addresses)
  assert.ok(namesIn(kept).length <= 2048 && kept.length > 0)
})

test('a workspace keeps its newest 1,000 stray reports', async (t) => {
  const { arrive, inbox, newInbox, db } = await startStrays(t)
  const other = await newInbox()
  const ids = Array.from({ length: 1002 }, () => newId('msg'))
  const rest = {
    channelId: null,
    reason: 'x',
    size: 0,
    receivedSize: 0,
    createdAt: new Date().toISOString(),
    names: '',
  }
  await db.transaction(async (tx) => {
    await insertStray(tx, { id: ids[0]!, key: ids[0]!, workspaceId: other.workspaceId, ...rest })
    for (const id of ids) await insertStray(tx, { id, key: id, workspaceId: inbox.workspaceId, ...rest })
  })
  ids.push(await arrive(bounce({ about })))
  assert.deepEqual(
    (await listStrays(db, inbox.workspaceId)).map(({ id }) => id),
    ids.slice(-1000).toReversed(),
  )
  assert.equal((await listStrays(db, other.workspaceId)).length, 1)
})

test('a stray report is forgotten after 30 days', async (t) => {
  const { arrive, db } = await startStrays(t)
  const [old, younger] = [await arrive(bounce({ about })), await arrive(bounce({ about }))]
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString()
  await db.run(sql`update stray_reports set created_at = ${daysAgo(31)} where id = ${old}`)
  await db.run(sql`update stray_reports set created_at = ${daysAgo(29)} where id = ${younger}`)
  await forgetOldStrays(db)
  assert.deepEqual(
    (await listStrays(db)).map(({ id }) => id),
    [younger],
  )
  assert.deepEqual(await check(db, { repair: false }), [])
})

test('what older versions kept whole is cut in steps', async (t) => {
  const { db, inbox, bytesOf } = await startStrays(t)
  const raws = [bounce({ about }), bounce({ about, padding: 100_000 }), bounce({ about, padding: 2_000_000 })]
  const ids: string[] = []
  for (const raw of raws) ids.push(await storeWhole(db, inbox.workspaceId, raw))
  await tidyStrays(db)
  for (const [i, raw] of raws.entries()) assert.ok((await bytesOf(ids[i]!)).equals(beginningOf(raw)))
  assert.deepEqual(
    (await listStrays(db)).map(({ receivedSize }) => receivedSize).toReversed(),
    raws.map(({ length }) => length),
  )
  assert.deepEqual(await check(db, { repair: false }), [])
})

test('an erased contact is in no stray report, however it is written', async (t) => {
  const { db, inbox, arrive } = await startStrays(t)
  const email = 'Jane_Doe+x@Bücher.example'
  const base64 = Buffer.from(`Dear ${email}, this could not be delivered.`).toString('base64')
  const quoted = 'to jane_=\r\ndoe=2Bx@xn--bcher-kva.example: no'
  const naming = [
    bounce({ about, recipient: email }),
    bounce({ about, to: `<${email.toLowerCase()}>` }),
    bounce({ about, text: quoted }),
    bounce({ about, text: base64.replace(/.{60}/g, '$&\r\n') }),
    bounce({ about, text: `bounces+for=${email}` }),
  ]
  for (const raw of naming) await arrive(raw)
  await storeWhole(db, inbox.workspaceId, naming[0]!)
  const others = [
    await arrive(bounce({ about })),
    await arrive(bounce({ about, recipient: 'janexdoe+x@bücher.example' })),
  ]
  const { body } = await inbox.post('/contacts', { email })
  assert.equal((await inbox.delete(`/contacts/${body.contact.id}`)).status, 204)
  assert.deepEqual((await listStrays(db)).map(({ id }) => id).toReversed(), others)
  assert.deepEqual(await check(db, { repair: false }), [])
  for (const { bytes } of await db.many<{ bytes: Uint8Array }>(sql`select bytes from mail_pieces`))
    assert.doesNotMatch(Buffer.from(bytes).toString(), /jane_/i)
})
