import { existsSync, readlinkSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'
import { basename } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import type { Row } from './db.ts'
import { type Value, verbatim } from './sql.ts'
import { SqliteConnection } from './sqlite-connection.ts'

/** A statement and what goes in its holes. */
interface Statement {
  text: string
  values: readonly Value[]
}

export type Question = Statement[] | 'close'

export type Answer = { rows: Row[] } | { error: unknown }

/** To tell each answer by itself costs more than to find most of them: what is found within this time is told together, milliseconds. */
const patience = 0.5

/** The event loop, which everybody waits for, comes first where there are too few processors. */
const giveWay = () => {
  // only Linux has a priority for each thread
  const self = '/proc/thread-self'
  if (existsSync(self)) setPriority(Number(basename(readlinkSync(self))), Math.min(getPriority() + 5, 19))
}

giveWay()
// the system's own cache is near, and this thread's would be the second one of the process
const connection = new SqliteConnection(workerData as string, { synchronous: 'normal', readOnly: true, cache: 4000 })

const answer = ({ text, values }: Statement): Answer => {
  try {
    return { rows: connection.many({ ...verbatim(text), values }) }
  } catch (error) {
    return { error }
  }
}

const answerAll = (statements: Statement[]): void => {
  let answers: Answer[] = []
  let told = performance.now()
  for (const statement of statements) {
    answers.push(answer(statement))
    if (performance.now() - told < patience) continue
    parentPort!.postMessage(answers)
    answers = []
    told = performance.now()
  }
  if (answers.length > 0) parentPort!.postMessage(answers)
}

parentPort!.on('message', (question: Question) => {
  if (question === 'close') {
    connection.close()
    parentPort!.close()
  } else answerAll(question)
})
