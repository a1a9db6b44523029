// A process: at each message twenty people search, one query after another each, and what they found is the answer to it.

export interface Storm {
  /** Addresses with the query in them. */
  urls: string[]
  key: string
}

export interface Searched {
  statuses: number[]
  /** Milliseconds of each. */
  took: number[]
}

const search = async ({ urls, key }: Storm) => {
  const rest = urls.values()
  const done: Searched = { statuses: [], took: [] }
  const one = async () => {
    for (const url of rest) {
      const begin = performance.now()
      const answer = await fetch(url, { headers: { authorization: `Bearer ${key}` } })
      await answer.arrayBuffer()
      done.took.push(performance.now() - begin)
      done.statuses.push(answer.status)
    }
  }
  await Promise.all(Array.from({ length: 20 }, one))
  process.send!(done)
}

process.on('message', (storm: Storm) => void search(storm))
