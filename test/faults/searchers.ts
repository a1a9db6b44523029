import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { basename } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'

// A worker: twenty people who search, one query after another each. On a thread of its own that gives way, so that the
// others wait for the server, and not for what it takes to ask for all that and to read it.

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

// Linux has a priority for each thread
setPriority(Number(basename(readlinkSync('/proc/thread-self'))), 19)
const { urls, key } = workerData as Storm
const rest = urls.values()
const done: Searched = { statuses: [], took: [] }

const search = async () => {
  for (const url of rest) {
    const begin = performance.now()
    const answer = await fetch(url, { headers: { authorization: `Bearer ${key}` } })
    await answer.arrayBuffer()
    done.took.push(performance.now() - begin)
    done.statuses.push(answer.status)
  }
}

await Promise.all(Array.from({ length: 20 }, search))
parentPort!.postMessage(done)
