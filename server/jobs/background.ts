import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../http/log.ts'

export interface Background {
  /** Resolves when what was under way has ended. */
  close(): Promise<void>
}

/** Runs beside everything else, until it ends or is closed. */
export const inBackground = (run: (signal: AbortSignal) => Promise<void>): Background => {
  const closing = new AbortController()
  const running = run(closing.signal)
  return {
    close: async () => {
      closing.abort()
      await running
    },
  }
}

/** Sooner where the signal says so. */
export const rest = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  sleep(milliseconds, undefined, { signal }).catch(() => {})

/** `done`: it was the last one. `waiting`: there is nothing to do now. */
export type Step = 'did' | 'waiting' | 'done'

interface Work {
  log: Log
  /** What the log calls it. */
  task: string
  step(): Promise<Step>
  /** How far it is: a line for the log each. */
  progress(): Promise<Record<string, unknown>[]>
  /** How long it rests where it waits, and after a failure, milliseconds. */
  rests: { waiting: number; failed: number }
}

/** After a step it rests, times what the step took. */
const restOfStep = 2
/** Milliseconds between two times that the log says how far it is. */
const between = 30_000

/** Work of many small steps, one after another, until the last one. Others have their turn between them. */
export const inSteps = ({ log, task, step, progress, rests }: Work): Background =>
  inBackground(async (signal) => {
    let said = -Infinity
    while (!signal.aborted) {
      const begin = performance.now()
      const result = await step().catch((error: unknown) => {
        log('error', { task, error: String(error) })
        return 'failed' as const
      })
      if (result === 'done') return
      if (performance.now() > said + between) {
        said = performance.now()
        for (const line of await progress().catch(() => [])) log('info', { task, ...line })
      }
      await rest(result === 'did' ? (performance.now() - begin) * restOfStep : rests[result], signal)
    }
  })
