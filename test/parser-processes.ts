import { execFileSync } from 'node:child_process'

/** The parser processes that this process has started: those for mail, and those for what somebody waits for. */
export const parserProcesses = (kind?: 'mail' | 'interactive'): number[] => {
  const found = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
  return [...found.matchAll(/^\s*(\d+) .*parser-process\.ts( html)?$/gm)]
    .filter(([, , isInteractive]) => !kind || (kind === 'interactive') === (isInteractive !== undefined))
    .map(([, pid]) => Number(pid))
}

export const signalParsers = (signal: NodeJS.Signals, kind?: 'mail' | 'interactive'): void => {
  for (const pid of parserProcesses(kind)) process.kill(pid, signal)
}
