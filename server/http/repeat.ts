import type { FastifyInstance } from 'fastify'
import type { Log } from './log.ts'

interface Repeated {
  /** Milliseconds from one end to the next begin. */
  every: number
  log: Log
  work(): Promise<void>
}

/** Does `work` again and again while the app is open. A failure is logged, and it is tried again. */
export const repeat = (app: FastifyInstance, { every, log, work }: Repeated): void => {
  let running: Promise<void> | undefined
  let timer: NodeJS.Timeout
  const begin = () => {
    running = work()
      .catch((error: unknown) => log('error', { error: String(error) }))
      .finally(next)
  }
  const next = () => void (timer = setTimeout(begin, every).unref())
  next()
  app.addHook('onClose', async () => {
    clearTimeout(timer)
    await running
    clearTimeout(timer)
  })
}
