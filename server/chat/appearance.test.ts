import assert from 'node:assert/strict'
import test from 'node:test'
import { startApp } from '../../test/app.ts'
import { onColor } from '../../widget/contrast.ts'

const open = async (t: test.TestContext) => {
  const started = await startApp(t)
  const wanted = { kind: 'CHAT', name: 'Site', allowedOrigins: ['https://shop.example'] }
  const { channel } = (await started.inbox.post('/channels', wanted)).body
  const ask = (origin: string) =>
    started.ask('GET', `/embeds/v1/chats/${channel.publishableKey}/appearance`, { headers: { origin } })
  return { ...started, channel, look: () => ask('https://shop.example'), ask }
}

test('pages of a chat are told how it looks, others are not', async (t) => {
  const { inbox, channel, look, ask } = await open(t)
  assert.deepEqual((await look()).body.appearance, { greeting: null, color: null, position: null })
  const wanted = { greeting: 'Ask us about plants', color: '#1F6650', position: 'LEFT' }
  const { body } = await inbox.patch(`/channels/${channel.id}`, wanted)
  const { greeting, color, position } = body.channel
  assert.deepEqual({ greeting, color, position }, wanted)
  const { body: told, headers } = await look()
  assert.deepEqual(told.appearance, wanted)
  assert.equal(headers['access-control-allow-origin'], 'https://shop.example')
  assert.equal((await ask('https://evil.example')).status, 403)
  await inbox.patch(`/channels/${channel.id}`, { greeting: null, color: null, position: null })
  assert.deepEqual((await look()).body.appearance, { greeting: null, color: null, position: null })
})

test('an appearance that is none is refused with its field named', async (t) => {
  const { inbox, channel } = await open(t)
  for (const [field, value] of [
    ['color', 'red'],
    ['color', '#fff'],
    ['color', '#1f6650;background:url(//evil.example)'],
    ['position', 'TOP'],
    ['greeting', ' '],
    ['greeting', 'x'.repeat(501)],
    ['senderName', 'TEAM'],
  ] as const) {
    const { status, body } = await inbox.patch(`/channels/${channel.id}`, { [field]: value })
    assert.equal(status, 400, value)
    assert.ok(body.message.startsWith(field), body.message)
  }
})

test('text on any color of a chat has a contrast of 4.5', () => {
  const part = (hex: string) => {
    const value = Number.parseInt(hex, 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  const luminance = (color: string) =>
    0.2126 * part(color.slice(1, 3)) + 0.7152 * part(color.slice(3, 5)) + 0.0722 * part(color.slice(5, 7))
  for (let i = 0; i < 4096; i++) {
    const color = `#${[...i.toString(16).padStart(3, '0')].map((digit) => digit + digit).join('')}`
    const [low, high] = [luminance(color), luminance(onColor(color))].toSorted((a, b) => a - b)
    assert.ok((high! + 0.05) / (low! + 0.05) >= 4.5, color)
  }
})
