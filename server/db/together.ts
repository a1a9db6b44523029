import { allRead } from '../arrived.ts'

/** So that an engine plans few statements: one for each number of those who are looked up. */
const most = 16

interface Batch<T> {
  wanted: Set<string>
  found: Promise<Map<string, T>>
}

/**
 * Looks up by one statement what is wanted in the same turn of the event loop. `find` is called when all of them have
 * asked, so nobody is told what was true before.
 */
export const together = <T>(
  find: (wanted: string[]) => Promise<Map<string, T>>,
): ((key: string) => Promise<T | undefined>) => {
  let open: Batch<T> | undefined
  const begin = (): Batch<T> => {
    const wanted = new Set<string>()
    const found = allRead().then(() => {
      if (open?.wanted === wanted) open = undefined
      return find([...wanted])
    })
    return { wanted, found }
  }
  return async (key) => {
    const batch = (open ??= begin())
    batch.wanted.add(key)
    if (batch.wanted.size === most) open = undefined
    return (await batch.found).get(key)
  }
}
