import { readdir, readFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { limits } from '../limits.ts'
import type { Log } from './log.ts'

/** Milliseconds between two looks. */
const every = 10_000
/** How long connections that are refused are not told of again, milliseconds. */
const quiet = 60_000

/** File descriptors of this process; undefined where the system does not tell, or none is left to ask it with. */
export const openFiles = async (): Promise<{ open: number; most: number } | undefined> => {
  try {
    const open = (await readdir('/proc/self/fd')).length
    const most = Number(/^Max open files +(\d+)/m.exec(await readFile('/proc/self/limits', 'utf8'))?.[1])
    return most > 0 ? { open, most } : undefined
  } catch {
    return undefined
  }
}

/**
 * Says so before file descriptors run out, and leaves some to the database and to files: further connections are closed at once.
 */
export const watchOpenFiles = async (server: Server, log: Log): Promise<{ close(): void }> => {
  const found = await openFiles()
  const { most, open } = found ?? { most: Infinity, open: 0 }
  const spare = Math.ceil(most / 10)
  server.maxConnections = Math.max(1, Math.min(limits.connections, most - open - spare))
  let connections = 0
  /** Those that are no connections of this server. */
  let others = open
  let isLow = false
  const look = () => {
    const wasLow = isLow
    isLow = others + connections >= most - 2 * spare
    if (isLow && !wasLow)
      log('error', {
        error: `Few file descriptors remain: ${others + connections} of ${most} are open. Raise the limit (LimitNOFILE, ulimit -n).`,
      })
  }
  server.on('connection', (socket) => {
    connections += 1
    socket.once('close', () => (connections -= 1))
    look()
  })
  let toldAt = -Infinity
  server.on('drop', () => {
    if (performance.now() - toldAt < quiet) return
    toldAt = performance.now()
    log('error', { error: `Connections are refused: ${server.maxConnections} are open.` })
  })
  if (!found) return { close: () => {} }
  const timer = setInterval(async () => {
    others = ((await openFiles())?.open ?? most) - connections
    look()
  }, every).unref()
  return { close: () => clearInterval(timer) }
}
