/** CPU time of this thread, in milliseconds. */
export const cpuOf = (work: () => void): number => {
  const since = process.threadCpuUsage()
  work()
  return millisecondsSince(since)
}

const millisecondsSince = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.threadCpuUsage(since)
  return (user + system) / 1000
}

/** The clock has steps of some milliseconds: what takes less than this is done many times. */
const leastMeasured = 20

const cpuOfOne = (work: () => void): number => {
  for (let times = 1; ; times *= 4) {
    const spent = cpuOf(() => {
      for (let i = 0; i < times; i++) work()
    })
    if (spent >= leastMeasured) return spent / times
  }
}

/** The least of several runs. */
export const leastCpuOf = (work: () => void, runs = 3): number =>
  Math.min(...Array.from({ length: runs }, () => cpuOfOne(work)))

/** The same for what is awaited; it should take long enough for the clock. */
export const leastCpuOfTask = async (task: () => Promise<unknown>, runs = 3): Promise<number> => {
  const spent: number[] = []
  for (let run = 0; run < runs; run++) {
    const since = process.threadCpuUsage()
    await task()
    spent.push(millisecondsSince(since))
  }
  return Math.min(...spent)
}

/** How many times longer it takes for each of two doublings of its input: 2 is linear, 4 is quadratic. */
export const growth = (work: (size: number) => () => void, size: number): number =>
  Math.sqrt(leastCpuOf(work(size * 4)) / leastCpuOf(work(size)))

/** The CPU time of the turn of the event loop that took most of it, while `act` was under way. */
export const longestTurn = (act: () => Promise<unknown>): Promise<number> =>
  new Promise((resolve, reject) => {
    let longest = 0
    let isOver = false
    let since = process.threadCpuUsage()
    const turn = () => {
      longest = Math.max(longest, millisecondsSince(since))
      since = process.threadCpuUsage()
      if (isOver) resolve(longest)
      else setImmediate(turn)
    }
    act().then(() => (isOver = true), reject)
    setImmediate(turn)
  })
