import { limits } from '../limits.ts'
import { fieldOf, type Header, type Parameters, parametersOf, readHeaders } from './headers.ts'

export interface Part {
  headers: Header[]
  /** Type and subtype, in small letters. */
  type: string
  parameters: Parameters
  /** As it was sent. */
  body: Buffer
  /** Of a multipart. */
  parts: Part[]
}

const maxDepth = 100
const [lineFeed, carriageReturn] = [0x0a, 0x0d]

interface Budget {
  headerBytes: number
  parts: number
}

/** The parts of a mail. Throws where they are nested too deep or their headers are too large. */
export const treeOf = (raw: Buffer): Part =>
  readPart(raw, {
    depth: 0,
    usual: 'text/plain',
    budget: { headerBytes: limits.mailHeaderBytes, parts: limits.mailParts },
  })

const readPart = (raw: Buffer, { depth, usual, budget }: { depth: number; usual: string; budget: Budget }): Part => {
  if (depth > maxDepth) throw new Error(`nested deeper than ${maxDepth} parts`)
  const { headers, body: start } = readHeaders(raw, 0, raw.length)
  budget.headerBytes -= start
  if (budget.headerBytes < 0) throw new Error(`headers larger than ${limits.mailHeaderBytes} bytes`)
  const parameters = parametersOf(fieldOf(headers, 'content-type'))
  const type = /^[^/]+\/[^/]+$/.test(parameters.value) ? parameters.value : usual
  const part: Part = { headers, type, parameters, body: raw.subarray(start), parts: [] }
  const boundary = type.startsWith('multipart/') ? parameters.of('boundary') : undefined
  if (!type.startsWith('multipart/')) return part
  const usualInside = type === 'multipart/digest' ? 'message/rfc822' : 'text/plain'
  for (const content of boundary === undefined ? [] : contentsOf(part.body, boundary)) {
    budget.parts -= 1
    if (budget.parts < 0) break
    part.parts.push(readPart(content, { depth: depth + 1, usual: usualInside, budget }))
  }
  // without any boundary what was sent is shown
  return part.parts.length === 0 ? { ...part, type: 'text/plain' } : part
}

/** What stands between lines with the boundary. The line end before a boundary belongs to the boundary. */
const contentsOf = function* (body: Buffer, boundary: string): Generator<Buffer> {
  const delimiter = Buffer.from(`--${boundary}`)
  let start = -1
  for (let at = body.indexOf(delimiter); at !== -1; at = body.indexOf(delimiter, at + delimiter.length)) {
    if (at > 0 && body[at - 1] !== lineFeed) continue
    const lineEnd = body.indexOf(lineFeed, at)
    const rest = body.toString('latin1', at + delimiter.length, lineEnd === -1 ? body.length : lineEnd).trimEnd()
    if (rest !== '' && rest !== '--') continue
    if (start !== -1) yield body.subarray(start, Math.max(start, contentEnd(body, at)))
    start = lineEnd === -1 ? body.length : lineEnd + 1
    if (rest === '--') return
  }
  if (start !== -1) yield body.subarray(start)
}

const contentEnd = (body: Buffer, delimiter: number): number => {
  const end = delimiter - 1
  return body[end - 1] === carriageReturn ? end - 1 : end
}
