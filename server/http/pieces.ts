import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'

/**
 * The body of an answer, piece by piece: each is asked for when the one before has left, and leaves in the same memory.
 * V8 counts the memory of every buffer, and for the megabytes of downloads it would collect all garbage several times a second.
 */
export class Pieces extends Readable {
  readonly #pieces: AsyncIterator<Uint8Array>
  readonly #response: ServerResponse
  #memory = Buffer.alloc(0)

  constructor(pieces: AsyncIterable<Uint8Array>, response: ServerResponse) {
    // nothing is asked for ahead
    super({ highWaterMark: 0 })
    this.#pieces = pieces[Symbol.asyncIterator]()
    this.#response = response
  }

  override _read(): void {
    this.#next().catch((error: Error) => this.destroy(error))
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    void this.#pieces.return?.()
    done(error)
  }

  async #next(): Promise<void> {
    const { done, value: piece } = await this.#pieces.next()
    if (done) return void this.push(null)
    const { length } = piece
    const hasLeft = this.readableLength + this.#response.writableLength === 0
    if (!hasLeft || this.#memory.length < length) this.#memory = Buffer.allocUnsafeSlow(length)
    this.#memory.set(piece)
    giveBack(piece)
    this.push(this.#memory.subarray(0, length))
  }
}

/** Its memory, unless that is somebody else's, too. */
const giveBack = ({ buffer, byteLength }: Uint8Array): void => {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0)
}
