import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { press } from './press.ts'
import { ask, type Served } from './product.ts'
import { processorTimeOf, programs, startProgram } from './program.ts'
import type { Bench, Line } from './row.ts'

export interface Request {
  path: string
  /** `[<id>]` in it is another text in each request. */
  body?: object
}

export const median = (numbers: number[]): number => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!

/** Measures each side so many times in turn, so that whatever else the machine does falls on all of them. */
export const inTurn = async <T extends (() => Promise<number>)[]>(
  rounds: number,
  sides: [...T],
): Promise<{ [I in keyof T]: number }> => {
  const figures = sides.map((): number[] => [])
  for (let round = 0; round < rounds; round++) for (const [i, side] of sides.entries()) figures[i]!.push(await side())
  return figures.map(median) as { [I in keyof T]: number }
}

/** What a side did in all its rounds. */
interface Side {
  perSecond: number
  /** Microseconds of its processor for each answer. */
  processor: number
}

export interface Versus {
  product: Side
  bare: Side
}

/** The product, and Node.js by itself that gives the same answer out of memory. */
export const versusBare = async (bench: Bench, { inbox, pid }: Served, { path, body }: Request): Promise<Versus> => {
  const { rounds, seconds, temporary } = bench
  const file = join(temporary, 'answer.json')
  writeFileSync(file, JSON.stringify(await ask(inbox, path, body)))
  const bare = await startProgram<{ address: string }>([programs.bare, file], { output: join(temporary, 'bare.log') })
  const request = { method: body ? ('POST' as const) : ('GET' as const), key: inbox.key, body }
  const sideOf = (url: string, process: number) => {
    const sum = { answers: 0, processor: 0 }
    const round = async () => {
      const before = processorTimeOf(process)
      const { answers, perSecond } = await press({ ...request, url }, seconds)
      sum.answers += answers
      sum.processor += processorTimeOf(process) - before
      return perSecond
    }
    return { sum, round }
  }
  const ofBare = sideOf(bare.hello.address + path, bare.pid)
  const ofProduct = sideOf(inbox.url + path, pid)
  try {
    // once for nothing: both are to be warm
    await inTurn(1, [ofBare.round, ofProduct.round])
    const [first, second] = await inTurn(rounds, [ofBare.round, ofProduct.round])
    return {
      bare: { perSecond: first, processor: ofBare.sum.processor / ofBare.sum.answers },
      product: { perSecond: second, processor: ofProduct.sum.processor / ofProduct.sum.answers },
    }
  } finally {
    await bare.stop()
  }
}

const perSecond = (n: number): string => `${Math.round(n).toLocaleString('en')}/s`

export const ratioOf = ({ product, bare }: Versus): number => product.perSecond / bare.perSecond

export const lineOf = (what: string, versus: Versus, least: number): Line => {
  const { product, bare } = versus
  const ratio = ratioOf(versus)
  return {
    what,
    measured: `${ratio.toFixed(2)} × bare`,
    bar: `≥ ${least.toFixed(2)} × bare`,
    isReached: ratio >= least,
    beside:
      `${perSecond(product.perSecond)} of ${perSecond(bare.perSecond)}; ` +
      `processor ${Math.round(product.processor)} µs of ${Math.round(bare.processor)}`,
  }
}
