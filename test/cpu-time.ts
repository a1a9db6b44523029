/** Milliseconds of processor time that the work takes; the least of three tries, since others share the processors. */
export const cpuTime = async (work: () => unknown): Promise<number> => {
  let least = Infinity
  for (let tries = 0; tries < 3; tries++) {
    const before = process.cpuUsage()
    await work()
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}
