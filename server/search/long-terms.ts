import { Worker } from 'node:worker_threads'
import { limits } from '../limits.ts'
import { newestVersion, termsOf } from './terms.ts'

/** In the order in which the thread answers. */
const waiting: PromiseWithResolvers<string>[] = []
let worker: Worker | undefined

/**
 * As `termsOf` gives them, before the transaction that needs them. Those of a long text are made on a worker thread, which starts
 * with the first such text: a hundred thousand characters take up to 50 ms.
 */
export const longTermsOf = async (text: string, version = newestVersion): Promise<string> => {
  if (text.length <= limits.termsAtOnce) return termsOf(text, version)
  const asked = Promise.withResolvers<string>()
  waiting.push(asked)
  worker ??= start()
  worker.ref()
  worker.postMessage([text.slice(0, limits.indexedCharacters), version])
  return asked.promise
}

const start = (): Worker =>
  new Worker(new URL('./terms-worker.ts', import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 64 },
  })
    .on('message', (terms: string) => {
      waiting.shift()!.resolve(terms)
      if (waiting.length === 0) worker?.unref()
    })
    // the next text starts another
    .on('error', (error) => {
      worker = undefined
      for (const { reject } of waiting.splice(0)) reject(error)
    })
