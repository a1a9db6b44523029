import { parentPort } from 'node:worker_threads'
import { termsOf } from './terms.ts'

parentPort!.on('message', ([text, version]: [string, number]) => parentPort!.postMessage(termsOf(text, version)))
