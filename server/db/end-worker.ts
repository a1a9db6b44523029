import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'

/** Tells a worker to close its connection, and resolves when it has ended. */
export const endWorker = async (worker: Worker): Promise<void> => {
  // nothing else may be keeping the process up while we wait
  worker.ref()
  const exit = once(worker, 'exit')
  worker.postMessage('close')
  await exit
}
