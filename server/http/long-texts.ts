import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'
import { Pieces } from './pieces.ts'

/**
 * The texts of an answer that would hold up others if they were read and written at once: they are left out of it until it is
 * sent, and then come part by part, with a turn for others between.
 */
export class LongTexts {
  readonly #texts: AsyncIterable<string>[] = []

  /** What stands for a text in the answer. No stored text has a NUL. */
  add(parts: AsyncIterable<string>): string {
    return `\0${this.#texts.push(parts) - 1}\0`
  }

  /** For a handler to return; as JSON by the route's schema. */
  send<T>(reply: FastifyReply, body: T): T | FastifyReply {
    if (this.#texts.length === 0) return body
    const json = this.#write(reply.serialize(body) as string)
    return reply.type('application/json; charset=utf-8').send(new Pieces(json, reply.raw))
  }

  async *#write(json: string): AsyncGenerator<Uint8Array> {
    for (const [i, between] of json.split(/\\u0000(\d+)\\u0000/).entries())
      if (i % 2 === 0) yield Buffer.from(between)
      else
        for await (const part of this.#texts[Number(between)]!) {
          yield Buffer.from(JSON.stringify(part).slice(1, -1))
          await nextTurn()
        }
  }
}
