import { headEnd } from './headers.ts'

const [lineFeed, carriageReturn] = [0x0a, 0x0d]

/**
 * Whether the lines of a mail end with CR alone, as some programs end them. Relays add fields above with other ends, but no
 * empty line.
 */
export const endsLinesWithReturns = (raw: Buffer): boolean => headEnd(raw) === raw.length && raw.includes('\r\r')

/** With LF for each CR that stands alone. */
export const withLineFeeds = (raw: Buffer): Buffer =>
  Buffer.from(raw.map((byte, i) => (byte === carriageReturn && raw[i + 1] !== lineFeed ? lineFeed : byte)))
