import { fstatSync, readSync, writeSync } from 'node:fs'

const pagesARead = 256
/** How many pages are noted before they are cleaned. */
const mostFound = 2000
/**
 * An overflow page and a list of free pages begin with the number of the page after them, a page of a table or an index with
 * 2, 5, 10 or 13. Below this page number the first byte tells which it is, whatever somebody has stored: 128 GiB.
 */
const mostPages = 0x2000000
/** In the header of the file: not 0 where `auto_vacuum` is on. */
const largestRootPage = 52

/**
 * When SQLite splits or joins pages, copies of the rows that went to another page stay in the unused bytes between a page's
 * cell pointers and its cells, and `secure_delete` never reaches them. SQLite does not read these bytes. They are found in the
 * database file itself and overwritten with zeros.
 */
export class FreeSpace {
  readonly #file: number
  readonly #pageSize: number
  readonly #pages: number
  readonly #buffer: Buffer
  readonly #zeros: Buffer
  /** The first page holds only the schema. */
  #next = 2
  #found: number[] = []

  /** The file must have all that was committed before. */
  constructor(file: number, pageSize: number) {
    this.#file = file
    this.#pageSize = pageSize
    this.#buffer = Buffer.alloc(pagesARead * pageSize)
    this.#zeros = Buffer.alloc(pageSize)
    this.#pages = this.#countPages()
  }

  get found(): number {
    return this.#found.length
  }

  get isDone(): boolean {
    return this.#next > this.#pages
  }

  /** Notes pages with leftovers. It needs no lock: a leftover that is there from the beginning is in every version of its page until it is overwritten. */
  look(until: number): void {
    while (!this.isDone && this.#found.length < mostFound && performance.now() < until) {
      const count = Math.min(pagesARead, this.#pages - this.#next + 1)
      const whole = Math.floor(this.#read(this.#next, count) / this.#pageSize)
      for (let i = 0; i < whole; i++) if (this.#leftovers(i)) this.#found.push(this.#next + i)
      this.#next += count
    }
  }

  /** The file must have the newest version of every page, and nobody else may write to it. */
  clean(until: number): void {
    this.#countPages()
    while (this.#found.length > 0 && performance.now() < until) {
      const number = this.#found.pop()!
      // the file is shorter after somebody's VACUUM
      if (this.#read(number, 1) < this.#pageSize) continue
      const span = this.#leftovers(0)
      if (span) writeSync(this.#file, this.#zeros, 0, span.length, (number - 1) * this.#pageSize + span.begin)
    }
  }

  /** Throws where the first byte of a page does not tell what it is: a map of auto_vacuum begins with 1 to 5. */
  #countPages(): number {
    this.#read(1, 1)
    if (this.#buffer.readUInt32BE(largestRootPage) !== 0)
      throw new Error('a database with auto_vacuum is scrubbed by the command compact, which turns that off')
    const pages = Math.floor(fstatSync(this.#file).size / this.#pageSize)
    if (pages >= mostPages) throw new Error('a database of 128 GiB and more is scrubbed by the command compact')
    return pages
  }

  /** How many bytes there were. */
  #read(number: number, count: number): number {
    return readSync(this.#file, this.#buffer, 0, count * this.#pageSize, (number - 1) * this.#pageSize)
  }

  /** The unused bytes of a page in the buffer, unless they are zeros. */
  #leftovers(index: number): { begin: number; length: number } | undefined {
    const page = this.#buffer.subarray(index * this.#pageSize, (index + 1) * this.#pageSize)
    const headerBytes = headers.get(page[0]!)
    if (headerBytes === undefined) return undefined
    const begin = headerBytes + 2 * page.readUInt16BE(3)
    // 0 stands for 65536
    const length = (page.readUInt16BE(5) || 65_536) - begin
    const isSound = length > 0 && begin + length <= this.#pageSize
    if (!isSound || page.compare(this.#zeros, 0, length, begin, begin + length) === 0) return undefined
    return { begin, length }
  }
}

/** https://www.sqlite.org/fileformat.html#b_tree_pages: inner pages and leaves of indexes and tables. */
const headers = new Map([
  [2, 12],
  [5, 12],
  [10, 8],
  [13, 8],
])
