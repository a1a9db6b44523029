import { writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

// node --import loop-delay.ts: at each SIGUSR2 the process writes to LOOP_DELAY how late its event loop was at most and
// in 99 of 100 cases since the last one, in milliseconds, as JSON.

const resolution = 2

if (isMainThread) {
  const delays = monitorEventLoopDelay({ resolution })
  delays.enable()
  const late = (nanoseconds: number) => Math.max(0, Math.round(nanoseconds / 1e5 - resolution * 10) / 10)
  process.on('SIGUSR2', () => {
    writeFileSync(
      process.env['LOOP_DELAY']!,
      JSON.stringify({ p99: late(delays.percentile(99)), most: late(delays.max) }),
    )
    delays.reset()
  })
}
