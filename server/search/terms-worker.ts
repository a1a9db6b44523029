import { parentPort } from 'node:worker_threads'
import { termsOf } from './terms.ts'

parentPort!.on('message', (text: string) => parentPort!.postMessage(termsOf(text)))
