import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { TestContext } from 'node:test'

/** What a name has, by the type of the record. */
export type Zone = Record<string, { A?: string[]; MX?: [priority: number, host: string][]; TXT?: string[] }>

const types = { A: 1, MX: 15, TXT: 16 } as const

const nameOf = (name: string): Buffer =>
  Buffer.concat([
    ...name.split('.').flatMap((label) => (label === '' ? [] : [Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0]),
  ])

const dataOf = {
  A: (address: string) => Buffer.from(address.split('.').map(Number)),
  MX: ([priority, host]: [number, string]) => Buffer.concat([Buffer.from([0, priority]), nameOf(host)]),
  TXT: (text: string) => {
    const parts = text.match(/.{1,255}/gs) ?? ['']
    return Buffer.concat(parts.flatMap((part) => [Buffer.from([part.length]), Buffer.from(part, 'latin1')]))
  },
}

const questionIn = (message: Buffer) => {
  const labels: string[] = []
  let at = 12
  for (; message[at]! > 0; at += message[at]! + 1)
    labels.push(message.toString('latin1', at + 1, at + 1 + message[at]!))
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 }
}

const record = (type: number, data: Buffer): Buffer => {
  const head = Buffer.alloc(12)
  // the name of the question
  head.writeUInt16BE(0xc00c, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}

/** A name server on a port of its own, which knows this zone; resolves to its address. */
export const startNameServer = async (t: TestContext, zone: Zone): Promise<string> => {
  const socket = createSocket('udp4')
  t.after(() => socket.close())
  socket.on('message', (message, { port, address }) => {
    const { name, type, end } = questionIn(message)
    const kind = (Object.keys(types) as (keyof typeof types)[]).find((one) => types[one] === type)
    const found: unknown[] = (kind && zone[name]?.[kind]) || []
    const answers = found.map((one) => record(type, dataOf[kind!](one as never)))
    // a name exists as long as there is one below it
    const exists = Object.keys(zone).some((known) => known === name || known.endsWith(`.${name}`))
    const head = Buffer.from(message.subarray(0, 12))
    head.writeUInt16BE(exists ? 0x8580 : 0x8583, 2)
    head.writeUInt16BE(answers.length, 6)
    head.fill(0, 8, 12)
    socket.send(Buffer.concat([head, message.subarray(12, end), ...answers]), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return `127.0.0.1:${socket.address().port}`
}
