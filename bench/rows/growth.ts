import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dataOf, openData } from '../data.ts'
import { growthPlot, type Series } from '../plot.ts'
import { ask, inboxAt, serve } from '../product.ts'
import { frequentWords, requestsIn } from '../requests.ts'
import type { Bench, Line, Row } from '../row.ts'
import { median } from '../versus.ts'

const most = 1.5
const askedEach = 10

/** A served inbox of one size, and how long each kind of read took there, milliseconds. */
interface Sized {
  messages: number
  workspaces: number
  times: Map<string, number[]>
  once(kind: string): Promise<number>
  close(): Promise<void>
}

export const growth: Row = {
  name: 'growth',
  async *measure(bench) {
    const sizes = [bench.size / 100, bench.size / 10, bench.size]
    const all: Sized[] = []
    try {
      for (const workspaces of [1, 100])
        for (const messages of sizes) all.push(await open(bench, { messages, workspaces }))
      await askAll(all, bench.rounds * askedEach)
      for (const workspaces of [1, 100]) {
        const [small, , large] = all.filter((one) => one.workspaces === workspaces)
        const where = workspaces === 1 ? 'all in one workspace' : `${workspaces} workspaces`
        yield compare(`Reads with ${short(large!)} messages against ${short(small!)}, ${where}`, small!, large!)
      }
      const [one, many] = all.filter(({ messages }) => messages === bench.size)
      yield compare(`Reads of one of 100 workspaces against a single one, ${short(many!)} messages`, one!, many!)
      writeFileSync(join(bench.kept, 'growth.svg'), growthPlot(all.flatMap(seriesOf)))
    } finally {
      for (const { close } of all) await close()
    }
  },
}

const short = ({ messages }: Sized): string => messages.toLocaleString('en')

const open = async (bench: Bench, which: { messages: number; workspaces: number }): Promise<Sized> => {
  const { env, key } = await dataOf(bench.kept, which)
  const server = await serve({ temporary: bench.temporary, env })
  const inbox = inboxAt(server.hello.address, key)
  const db = await openData(env)
  const get = async (path: string) => JSON.parse((await ask(inbox, path)).body)
  const elsewhere = (await frequentWords(db, key.workspaceId)).map(([word]) => `zz${word}`)
  const paths = await requestsIn(db, { workspaceId: key.workspaceId, get, elsewhere })
  await db.close()
  const once = async (kind: string) => {
    const begin = performance.now()
    await ask(inbox, paths[kind]!)
    return performance.now() - begin
  }
  return { ...which, once, times: new Map(Object.keys(paths).map((kind) => [kind, []])), close: server.stop }
}

/** One request at a time, every inbox in turn. */
const askAll = async (all: Sized[], times: number): Promise<void> => {
  for (const kind of all[0]!.times.keys())
    for (let round = -5; round < times; round++)
      for (const { once, times: taken } of all) {
        const milliseconds = await once(kind)
        // the first rounds warm up
        if (round >= 0) taken.get(kind)!.push(milliseconds)
      }
}

const compare = (what: string, small: Sized, large: Sized): Line => {
  const ratios = [...large.times].map(([kind, times]) => {
    const [a, b] = [median(small.times.get(kind)!), median(times)]
    return { kind, a, b, ratio: b / a }
  })
  for (const { kind, a, b, ratio } of ratios)
    process.stderr.write(`  ${kind}: ${a.toFixed(2)} → ${b.toFixed(2)} ms (${ratio.toFixed(2)})\n`)
  const worst = ratios.toSorted((a, b) => b.ratio - a.ratio)[0]!
  return {
    what,
    measured: `${worst.ratio.toFixed(2)} × at worst`,
    bar: `≤ ${most} ×`,
    isReached: worst.ratio <= most,
    beside: `${worst.kind}: ${worst.a.toFixed(2)} ms, then ${worst.b.toFixed(2)} ms`,
  }
}

const shown: [name: string, kind: string][] = [
  ['customers', 'customers, first page'],
  ['one contact', 'one contact'],
  ['search, frequent word', 'search: a frequent word'],
  ['search, nowhere', 'search: a word that is nowhere'],
]

const seriesOf = ({ messages, workspaces, times }: Sized): Series[] =>
  shown.map(([name, kind]) => ({ name, workspaces, messages, milliseconds: median(times.get(kind)!) }))
