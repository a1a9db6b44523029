import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from './http/log.ts'

type Stop = (signal: NodeJS.Signals) => Promise<void>

/** Logs why the process ends, and that it has ended: stops at a signal, and at the second one at once. */
export const createShutdown = (log: Log) => {
  let begin: number | undefined
  let stop: Stop = async () => {}
  const exit = (code: number): never => {
    log('notice', { event: 'stopped', exitCode: code, milliseconds: Math.round(performance.now() - begin!) })
    process.exit(code)
  }
  const announce = (fields: Record<string, unknown>): void => {
    begin ??= performance.now()
    log('notice', { event: 'stopping', ...fields })
  }
  process.on('uncaughtExceptionMonitor', (error, reason) =>
    log('error', { event: 'stopping', reason, error: error instanceof Error ? error.stack : String(error) }),
  )

  const onSignal = (signal: NodeJS.Signals) => {
    const isSecond = begin !== undefined
    announce({ reason: signal, parent: parent() })
    if (isSecond) exit(1)
    void stop(signal).then(() => exit(0))
  }
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal)

  return {
    /** What there is to stop; before, a signal ends the process at once. */
    by: (given: Stop): void => void (stop = given),
    /**
     * After a failed sync nothing is acknowledged any more. Where nothing can be written anyway, a new start could not read
     * either.
     */
    afterFailedSync: (dataDir: string, { message }: Error): void => {
      if (isReadOnly(dataDir))
        return void process.stderr.write(
          `${dataDir} has become read-only (${message}): reads go on, and writes are refused until it can be written and the server is started again.\n`,
        )
      process.stderr.write(
        `Stopping: the disk failed to keep what was written (${message}). Nothing was acknowledged since.\n`,
      )
      announce({ reason: 'failed sync', error: message })
      // long enough for the answers that say 503
      setTimeout(() => exit(1), 100)
    },
  }
}

/** Node.js does not tell who sent a signal: mostly it is whoever started the process. */
const parent = (): string => {
  const { ppid } = process
  try {
    return `${readFileSync(`/proc/${ppid}/comm`, 'utf8').trim()} (${ppid})`
  } catch {
    return String(ppid)
  }
}

/** By trying: a kernel that gave up on a file system may still say that it can be written. */
const isReadOnly = (folder: string): boolean => {
  const probe = join(folder, 'probe')
  try {
    writeFileSync(probe, '')
    rmSync(probe)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EROFS'
  }
}
