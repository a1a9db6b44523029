import { dataOf, openData } from '../data.ts'
import { ask, inboxAt, serve, type Served } from '../product.ts'
import { frequentWords, requestsIn } from '../requests.ts'
import type { Bench, Line, Row } from '../row.ts'
import { lineOf, ratioOf, versusBare, type Versus } from '../versus.ts'

const least = 0.04
const most = 5

const searchIn = (workspaces: number): Row['measure'] =>
  async function* (bench) {
    const { env, key } = await dataOf(bench.kept, { messages: bench.size, workspaces })
    const server = await serve({ temporary: bench.temporary, env })
    try {
      const served = { inbox: inboxAt(server.hello.address, key), pid: server.pid }
      const searches = await searchesOf(env, key.workspaceId, served)
      yield* linesOf(await measureAll(bench, served, searches), workspaces)
    } finally {
      await server.stop()
    }
  }

export const search: Row = { name: 'search', measure: searchIn(100) }
export const searchInOne: Row = { name: 'search-in-one', measure: searchIn(1) }

/** A path by its kind: words rare and common, prefixes of one to eight letters, and so on. */
const searchesOf = async (env: Record<string, string>, workspaceId: string, { inbox }: Served) => {
  const db = await openData(env)
  try {
    const get = async (path: string) => JSON.parse((await ask(inbox, path)).body)
    const elsewhere = (await frequentWords(db, workspaceId)).map(([word]) => `zz${word}`)
    const requests = Object.entries(await requestsIn(db, { workspaceId, get, elsewhere }))
    const isMeasured = /^search: (a |its|two|an)/
    return requests.filter(([kind]) => isMeasured.test(kind) && !kind.endsWith('another workspace'))
  } finally {
    await db.close()
  }
}

const measureAll = async (bench: Bench, served: Served, searches: [kind: string, path: string][]) => {
  const measured: [kind: string, Versus][] = []
  for (const [kind, path] of searches) {
    const versus = await versusBare(bench, served, { path })
    process.stderr.write(`  ${kind}: ${lineOf(kind, versus, least).measured}, ${lineOf(kind, versus, least).beside}\n`)
    measured.push([kind.replace('search: ', ''), versus])
  }
  return measured.sort(([, a], [, b]) => ratioOf(a) - ratioOf(b))
}

const linesOf = (measured: [kind: string, Versus][], workspaces: number): Line[] => {
  const where = workspaces === 1 ? 'all in one workspace' : `${workspaces} workspaces`
  const [kind, slowest] = measured[0]!
  const byRate = measured.toSorted(([, a], [, b]) => a.product.perSecond - b.product.perSecond)
  const [[slow, a], [fast, b]] = [byRate[0]!, byRate.at(-1)!]
  const times = b.product.perSecond / a.product.perSecond
  return [
    lineOf(`GET search, ${where}: the slowest of ${measured.length} (${kind})`, slowest, least),
    {
      what: `GET search, ${where}: how many times the slowest takes`,
      measured: `${times.toFixed(1)} ×`,
      bar: `≤ ${most} ×`,
      isReached: times <= most,
      beside: `${slow} ${Math.round(a.product.perSecond)}/s, ${fast} ${Math.round(b.product.perSecond)}/s`,
    },
  ]
}
