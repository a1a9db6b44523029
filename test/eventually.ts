import { setTimeout as sleep } from 'node:timers/promises'

/** Tries again until it throws no more; throws its last error when `within` milliseconds have passed. */
export const eventually = async <T>(attempt: () => Promise<T>, within = 20_000): Promise<T> => {
  const end = performance.now() + within
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (performance.now() > end) throw error
      await sleep(20)
    }
  }
}
