import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync, closeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

interface Start {
  /** What it prints goes into this file: a first line of JSON when it is ready, then its log. */
  output: string
  env?: Record<string, string>
  /** The words of a program that starts it. */
  under?: string[]
}

export interface Program<Hello> {
  hello: Hello
  pid: number
  stop(): Promise<void>
}

/** A program in a process of its own. */
export const startProgram = async <Hello>(
  words: string[],
  { output, env = {}, under = [] }: Start,
): Promise<Program<Hello>> => {
  const [program, ...rest] = [...under, process.execPath, ...words]
  const file = openSync(output, 'w')
  const cwd = join(import.meta.dirname, '..')
  const child = spawn(program!, rest, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', file, 'inherit'] })
  closeSync(file)
  const end = () => child.kill()
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  for (;;) {
    const [first, ...more] = readFileSync(output, 'utf8').split('\n')
    if (more.length > 0) return { hello: JSON.parse(first!) as Hello, pid: child.pid!, stop }
    if (child.exitCode !== null) throw new Error(`${words[0]} ended with ${child.exitCode}`)
    await sleep(5)
  }
}

/** Resident memory of a running program, in MB. */
export const memoryOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024

/** Microseconds of processor time that a running program has taken. */
export const processorTimeOf = (pid: number): number => {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ').slice(11, 13)
  // in hundredths of a second
  return (Number(user) + Number(system)) * 10_000
}

export const programs = {
  product: join(import.meta.dirname, '../bin/support-inbox.mjs'),
  bare: join(import.meta.dirname, 'yardsticks/bare.ts'),
  commitAndSync: join(import.meta.dirname, 'yardsticks/commit-and-sync.ts'),
  statements: join(import.meta.dirname, 'yardsticks/statements.ts'),
  parse: join(import.meta.dirname, 'yardsticks/parse.ts'),
}
