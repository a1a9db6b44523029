import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { currentTime } from '../current-time.ts'
import { limits } from '../limits.ts'
import type { Db, Tx } from '../db/db.ts'
import { isAlone } from '../db/locks.ts'
import { ApiError, fail } from '../errors.ts'
import { deleteAnswersBefore, findAnswer, storeAnswer, type Answer, type AnswerName } from './answers.ts'
import { textOfError } from './failing.ts'
import type { Log } from './log.ts'
import { repeat } from './repeat.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The answer of a POST holds a secret that is kept nowhere, so it cannot be given again. */
    isShownOnce?: true
    /** A POST that stores nothing. */
    isLook?: true
  }
}

/** What a POST did. */
interface Outcome {
  status: 200 | 201 | 202
  body: object
  /** Whom the body tells of: a stored answer goes when they are erased. Null when it tells of nobody. */
  contactId: string | null
}

/** Of a route with any schema. */
type Reply = Pick<FastifyReply, 'request' | 'code' | 'serialize' | 'header' | 'type' | 'send'>

type Given = Answer & { isReplay: boolean }

/** How often a process looks whether another one has answered, milliseconds. */
const pollInterval = 25
/** How often old answers are deleted, milliseconds, and how many in one statement. */
const cleanInterval = 600_000
const cleanAtOnce = 200

export const idempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      pattern: `^[!-~]{1,${limits.idempotencyKeyCharacters}}$`,
      'x-rule': `must be 1 to ${limits.idempotencyKeyCharacters} visible ASCII characters`,
      description: 'A retry with the same one within 24 hours is given the first answer again, byte for byte.',
    }),
  ),
})

/**
 * Answers a POST: `effect` in a transaction and, where the client sent an Idempotency-Key, the answer stored in the same
 * one, so that a retry is given these bytes and has no second effect. Refusals of `effect` are kept as well, but those
 * that time or somebody else may change (401, 403, 409, 429, 5xx).
 */
export const answerOnce = async <R extends Reply>(
  db: Db,
  reply: R,
  effect: (tx: Tx) => Promise<Outcome>,
): Promise<R> => {
  const { request } = reply
  const idempotencyKey = request.headers['idempotency-key'] as string | undefined
  if (idempotencyKey === undefined) {
    const { status, body } = await db.transaction(effect)
    return reply.code(status).send(body)
  }
  const requestHash = hashOf(request)
  const work = async (tx: Tx): Promise<Answer> => {
    const { status, body, contactId } = await effect(tx)
    return { status, body: reply.code(status).serialize(body) as string, requestHash, contactId }
  }
  const { workspaceId, id: callerId } = request.caller
  const answer = await firstOrRunning({ db, workspaceId, name: { callerId, idempotencyKey }, request, work })
  if (answer.requestHash !== requestHash) fail('idempotency_key_reused')
  if (answer.isReplay) reply.header('idempotent-replayed', 'true')
  return reply.code(answer.status).type('application/json; charset=utf-8').send(answer.body)
}

/** The body as it was understood: other spaces in the JSON do not make another request. */
const hashOf = ({ method, url, body, uploads = [] }: FastifyRequest): string =>
  createHash('sha256')
    .update(
      JSON.stringify([method, url, body, ...uploads.map(({ name, contentType, hash }) => [name, contentType, hash])]),
    )
    .digest('base64url')

interface Once {
  db: Db
  workspaceId: string
  name: AnswerName
  request: FastifyRequest
  work(tx: Tx): Promise<Answer>
}

/** What this process is at, so that many retries at once cost one transaction. Undefined: there was no answer to keep. */
const running = new Map<string, Promise<Given | undefined>>()

/** One of several at once does the work, the others are given its answer. Throws `request_running` after 5 seconds. */
const firstOrRunning = async (once: Once): Promise<Given> => {
  const place = `${once.name.callerId} ${once.name.idempotencyKey}`
  const deadline = performance.now() + limits.idempotencyWait
  while (performance.now() < deadline) {
    const other = running.get(place)
    if (other) {
      const answer = await inTime(other, deadline)
      if (answer) return { ...answer, isReplay: true }
    } else {
      const own = answerOrRefusal(once)
      running.set(
        place,
        own.catch(() => undefined),
      )
      const answer = await own.finally(() => running.delete(place))
      if (answer) return answer
      await sleep(pollInterval)
    }
  }
  return fail('request_running', { retryAfter: 1 })
}

const inTime = async <T>(promise: Promise<T>, deadline: number): Promise<T | undefined> => {
  const timer = new AbortController()
  const late = sleep(deadline - performance.now(), undefined, { signal: timer.signal }).catch(() => undefined)
  return Promise.race([promise, late]).finally(() => timer.abort())
}

/** A refusal rolled the transaction back, so it is stored in one of its own. Undefined when another process is at it. */
const answerOrRefusal = async (once: Once): Promise<Given | undefined> => {
  try {
    return await knownOrNew(once)
  } catch (error) {
    if (!isKept(error)) throw error
    const { statusCode: status } = error
    const refusal = { status, body: textOfError(error, once.request), contactId: null }
    return knownOrNew({ ...once, work: async () => ({ ...refusal, requestHash: hashOf(once.request) }) })
  }
}

const isKept = (error: unknown): error is ApiError =>
  error instanceof ApiError && error.statusCode < 500 && ![401, 403, 409, 429].includes(error.statusCode)

const knownOrNew = ({ db, workspaceId, name, work }: Once): Promise<Given | undefined> =>
  db.transaction(async (tx) => {
    if (!(await isAlone(tx, `${name.callerId} ${name.idempotencyKey}`))) return undefined
    const now = currentTime()
    const since = new Date(now - limits.idempotencyLifetime).toISOString()
    const known = await findAnswer(tx, workspaceId, { ...name, since })
    if (known) return { ...known, isReplay: true }
    const made = await work(tx)
    await storeAnswer(tx, workspaceId, { ...name, ...made, createdAt: new Date(now).toISOString() })
    return { ...made, isReplay: false }
  })

/** Deletes answers of more than a day, a few at a time so that no writer waits for it, until none is left or `isOver`. */
export const forgetOldAnswers = async (db: Db, isOver = () => false): Promise<void> => {
  const before = new Date(currentTime() - limits.idempotencyLifetime).toISOString()
  while (!isOver() && (await deleteAnswersBefore(db, { before, most: cleanAtOnce })) === cleanAtOnce)
    await sleep(pollInterval)
}

export const forgetAnswersInTime = (app: FastifyInstance, { db, log }: { db: Db; log: Log }): void =>
  repeat(app, { every: cleanInterval, log, work: () => forgetOldAnswers(db, app.isDraining) })
