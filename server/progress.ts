const everyMilliseconds = 200
const everyLine = 5000

/** On a terminal one line that changes, elsewhere a plain line every five seconds; on standard error. */
export const showProgress = () => {
  const { isTTY } = process.stderr
  let shown = performance.now()
  return {
    show: (line: () => string): void => {
      if (performance.now() - shown < (isTTY ? everyMilliseconds : everyLine)) return
      shown = performance.now()
      process.stderr.write(isTTY ? `\r\x1B[K${line()}` : `${line()}\n`)
    },
    end: (): void => {
      if (isTTY) process.stderr.write('\r\x1B[K')
    },
  }
}
