import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

/** What it does with a line, or with the end of a mail (`.`): an answer, or nothing and whatever it wants with the socket. */
export type Answer = (line: string, socket: Socket) => string | undefined

/** What an ordinary mail server answers. */
export const ordinary = (line: string): string =>
  line === 'DATA' ? '354 Go on' : line.startsWith('EHLO') ? '250 odd.example' : '250 2.0.0 Fine'

/** A mail server that may misbehave at any line. It remembers the lines that it was sent. */
export const startOddServer = async (t: TestContext, answer: Answer, greeting = '220 odd.example\r\n') => {
  const lines: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    socket.write(greeting)
    let rest = ''
    let isData = false
    socket.setEncoding('latin1').on('data', (chunk) => {
      const parts = (rest + String(chunk)).split('\r\n')
      rest = parts.pop()!
      for (const line of parts) {
        if (isData && line !== '.') continue
        lines.push(line)
        const said = answer(line, socket)
        isData = line === 'DATA' && said !== undefined
        if (said !== undefined) socket.write(`${said}\r\n`)
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`, lines, sockets }
}
