import { connect } from 'node:net'
import { createInterface } from 'node:readline'

/** Milliseconds of a whole dialogue. */
const patience = 10_000
const mostBytes = 64 * 1024

export interface Said {
  command: string
  /** All lines of the reply; the first one is the greeting's. */
  reply: string
}

/** Says these commands to a mail server, one after another; resolves to what it replied. Rejects where it cannot be reached. */
export const converse = (place: { host: string; port: number }, commands: readonly string[]): Promise<Said[]> =>
  new Promise((resolve, reject) => {
    const socket = connect(place)
    const end = (error?: Error) => {
      clearTimeout(timer)
      socket.destroy()
      if (error) reject(error)
      else resolve(said)
    }
    const timer = setTimeout(() => end(new Error('It did not answer in time.')), patience)
    const said: Said[] = []
    let lines: string[] = []
    socket.on('error', end).on('close', () => end(new Error('It closed the connection.')))
    socket.on('data', () => {
      if (socket.bytesRead > mostBytes) end(new Error('It says too much.'))
    })
    createInterface(socket)
      // of the socket, which says so itself
      .on('error', () => {})
      .on('line', (line) => {
        lines.push(line)
        // 250-SIZE goes on, 250 SIZE ends
        if (line[3] === '-') return
        said.push({ command: commands[said.length - 1] ?? '', reply: lines.join('\n') })
        lines = []
        const next = commands[said.length - 1]
        if (next === undefined) end()
        else socket.write(`${next}\r\n`)
      })
  })
