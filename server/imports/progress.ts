import type { Report } from './report.ts'

const everyMilliseconds = 200
const everyLine = 5000

/** On a terminal one line that changes, elsewhere a plain line every five seconds; on standard error. */
export const showProgress = (what: string) => {
  const begin = performance.now()
  const { isTTY } = process.stderr
  let shown = begin
  const lineOf = ({ read, stored, duplicates, failed }: Report) => {
    const perSecond = Math.round((read / (performance.now() - begin)) * 1000)
    return `${read} ${what} read, ${stored} stored, ${duplicates} already there, ${failed} failed (${perSecond} a second)`
  }
  return {
    show: (report: Report): void => {
      if (performance.now() - shown < (isTTY ? everyMilliseconds : everyLine)) return
      shown = performance.now()
      process.stderr.write(isTTY ? `\r\x1B[K${lineOf(report)}` : `${lineOf(report)}\n`)
    },
    end: (): void => {
      if (isTTY) process.stderr.write('\r\x1B[K')
    },
  }
}
