import assert from 'node:assert/strict'
import test from 'node:test'
import nodemailer from 'nodemailer'
import { isThorough } from '../../thorough.ts'
import { startProcesses, writes } from '../processes.ts'

const rounds = isThorough ? 100 : 6
/** The channel stays, for mail to arrive at. */
const written = writes.filter(({ route }) => !route.url.endsWith('/:channelId'))

test('whatever is written while its contact is erased is done or refused', { timeout: 3_600_000 }, async (t) => {
  const { newWorld, servers } = await startProcesses(t)
  const statuses = new Map<number, number>()
  for (let round = 0; round < rounds; round++) {
    const { ask, ids, make, channelEmail } = await newWorld()
    const erase = async () => (await ask('DELETE', `/contacts/${ids.contactId}`)).status
    const write = async ({ route, call }: (typeof writes)[number]) => {
      const { status, body } = await make(route, call(ids))
      assert.ok(status < 500, `${route.name}: ${JSON.stringify(body)}`)
      return status
    }
    const mail = async (n: number) => {
      const transport = nodemailer.createTransport({ port: servers[n % servers.length]!.smtpPort, ignoreTLS: true })
      const { response } = await transport.sendMail({
        from: 'new@example.com',
        to: channelEmail,
        subject: `Round ${round}`,
        text: String(n),
      })
      transport.close()
      return Number(response.slice(0, 3))
    }
    const told = await Promise.all([
      erase(),
      ...written.map(write),
      ...Array.from({ length: 5 }, (_, n) => mail(n)),
      erase(),
    ])
    for (const status of told) statuses.set(status, (statuses.get(status) ?? 0) + 1)
    // what came after the erasure is a contact of its own
    assert.equal((await ask('GET', `/contacts/${ids.contactId}`)).status, 404)
  }
  t.diagnostic([...statuses].map(([status, count]) => `${count} × ${status}`).join(', '))
})
