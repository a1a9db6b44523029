import { parentPort, workerData } from 'node:worker_threads'
import type { Searched } from '../server/search/searched.ts'
import { planOf, type Size } from './plan.ts'
import { rowsOf, type Staffed, type Written } from './written.ts'

/** What a writer is told. `until` is when the last thread ends, unix milliseconds. */
export interface Order {
  size: Size
  seed: number
  until: number
  teams: Staffed[]
}

/** Rows of one table, of which `written` of `of` are now written. */
export interface Batch {
  table: Searched
  rows: Written[]
  written: number
  of: number
}

const rowsABatch = 4000

/** All that there is to store. Rows are in the order in which they came to be, as a server would have stored them. */
function* batchesOf({ size, seed, until, teams }: Order): Generator<Batch> {
  const { contacts, conversations, messages } = planOf(size, seed, until)
  const write = rowsOf({ contacts, conversations, messages }, teams, seed)
  yield* inBatches('contacts', contacts.createdAt, write.contact)
  yield* inBatches('conversations', conversations.startedAt, write.conversation)
  yield* inBatches('messages', messages.at, write.message)
}

function* inBatches(table: Searched, times: Float64Array, write: (i: number) => Written): Generator<Batch> {
  const order = Uint32Array.from(times.keys()).sort((a, b) => times[a]! - times[b]! || a - b)
  for (let first = 0; first < order.length; first += rowsABatch) {
    const rows = Array.from(order.subarray(first, first + rowsABatch), write)
    yield { table, rows, written: first + rows.length, of: order.length }
  }
}

const batches = batchesOf(workerData as Order)

parentPort!.on('message', () => parentPort!.postMessage(batches.next().value))
