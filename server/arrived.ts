let waiting: (() => void)[] = []

/** Resolves when all that has arrived in this turn of the event loop has been read. */
export const allRead = (): Promise<void> =>
  new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(letArrivedGoOn)
  })

/** For who works from turn to turn, and has planned that before they came: those who wait for `allRead` go on now. */
export const letArrivedGoOn = (): void => {
  const arrived = waiting
  waiting = []
  for (const goOn of arrived) goOn()
}
