import assert from 'node:assert/strict'
import test from 'node:test'
import { limits } from '../../server/limits.ts'
import { createSend } from '../../server/email/deliver.ts'
import { ordinary, startOddServer } from '../odd-smtp.ts'

test(
  'F31: a server that answers one line every 20 seconds has two minutes for a mail',
  { timeout: 300_000 },
  async (t) => {
    const send = createSend(() => true)
    const slow = await startOddServer(t, (line, socket) => {
      // a line of a long answer keeps a connection alive
      const timer = setInterval(() => socket.write('250-a line\r\n'), 20_000)
      socket.on('close', () => clearInterval(timer))
      return line.startsWith('RCPT') ? '250-a line' : ordinary(line)
    })
    const mail = { from: 'a@example.com', to: 'b@example.com', text: 'x' }
    const begin = performance.now()
    const sending = send({ url: slow.url, isGuarded: false }, mail, new AbortController().signal)
    await assert.rejects(sending, /did not take the mail within 120 seconds/)
    const took = performance.now() - begin
    t.diagnostic(`cut off after ${(took / 1000).toFixed(1)} s`)
    assert.ok(took < limits.sendingTimeout + 5000)
  },
)
