import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freshFolder } from '../../test/app.ts'
import { freshDatabase } from '../../test/databases.ts'
import { startServer } from '../../test/process.ts'
import { startWorldsServer } from '../../test/smtp.ts'

test('F24: a sender that is killed between the other side’s 250 and its own mark sends that mail once more, and no other', async (t) => {
  const kills = new Set([3, 8])
  const killed: string[] = []
  let kill = async () => {}
  const world = await startWorldsServer({
    onTaken: async (n, mailId) => {
      if (!kills.has(n)) return
      killed.push(mailId)
      await kill()
    },
  })
  const { url, drop } = await freshDatabase()
  const dataDir = await freshFolder(t, async () => {
    await kill()
    await world.close()
    await drop()
  })
  const env = { DATA_DIR: dataDir, DATABASE_URL: url, SMTP_URL: world.url }
  const first = await startServer(t, env)
  kill = async () => void (await first.stop('SIGKILL'))
  const { workspaceId, key } = first
  const ask = async (address: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${key}`, ...(body ? { 'content-type': 'application/json' } : {}) }
    const answer = await fetch(`${address}/v1/workspaces/${workspaceId}/support/inbox${path}`, {
      method: body ? 'POST' : 'GET',
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    return (await answer.json()) as any
  }
  const noted: { conversation: string; message: string }[] = []
  for (let i = 0; i < 12; i++) {
    const email = `person${i}@example.org`
    const { conversation, message } = await ask(first.address, '/conversations', {
      email,
      subject: 'x',
      contentText: 'x',
    })
    noted.push({ conversation: conversation.id, message: message.id })
  }
  // replies waited for a way out: all of them are on their way at once
  await ask(first.address, '/channels', { kind: 'EMAIL', name: 'Help', email: 'help@example.com' })
  let server = first
  for (let round = 0; round < kills.size; round++) {
    while (killed.length <= round || server.child.signalCode === null) await sleep(20)
    server = await startServer(t, env)
    kill = async () => void (await server.stop('SIGKILL'))
  }
  const isPending = async ({ conversation }: { conversation: string }) =>
    (await ask(server.address, `/conversations/${conversation}/messages`)).thread.messages.items[0].status !== 'SENT'
  for (const message of noted) while (await isPending(message)) await sleep(200)

  const copies = new Map<string, number>()
  for (const { mailId } of world.taken) copies.set(mailId, (copies.get(mailId) ?? 0) + 1)
  assert.deepEqual([...copies.keys()].toSorted(), noted.map(({ message }) => `<${message}@example.com>`).toSorted())
  const doubled = [...copies].filter(([, count]) => count > 1)
  t.diagnostic(`${noted.length} mails, ${kills.size} kills, ${doubled.length} sent twice, 0 lost`)
  assert.ok(doubled.every(([, count]) => count === 2))
})
