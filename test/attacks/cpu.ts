/** CPU time of this process, all its threads, in milliseconds. */
export const cpuOf = (work: () => void): number => {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}

/** The least of several runs. */
export const leastCpuOf = (work: () => void, runs = 3): number =>
  Math.min(...Array.from({ length: runs }, () => cpuOf(work)))

/** How many times longer it takes for each doubling of its input, of two: 2 is linear, 4 is quadratic. */
export const growth = (work: (size: number) => () => void, size: number): number =>
  Math.sqrt(leastCpuOf(work(size * 4)) / leastCpuOf(work(size)))
