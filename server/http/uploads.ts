import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { MultipartFile } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { limits } from '../limits.ts'
import { ApiError, fail } from '../errors.ts'

/** A file as it was sent along with a request. */
export interface Upload {
  name: string
  contentType: string
  size: number
  /** SHA-256 of its content, hexadecimal. */
  hash: string
  chunks: Buffer[]
}

/** How many bytes all requests of some routes hold together. */
export interface Room {
  taken: number
}

/** A body of multipart/form-data. */
export interface Parts {
  files: Upload[]
  /** What is larger than a body may be was read to its end, and not kept. */
  isTooLarge: boolean
  /** How many bytes it has taken of the room. */
  held: number
}

interface Wanted {
  room: Room
  /** The field that files go into. */
  filesField: string
  partsMost: number
  addField(name: string, text: string): void
}

const bad = (sentence: string) => fail('invalid_request', { sentence })

/**
 * Reads to the end whatever it finds: a client that is still sending does not read the answer. Throws `invalid_request`
 * (400) for what it cannot read, `uploads_busy` (503) where there is no room; `release` gives back what it holds.
 */
export const readParts = async (request: FastifyRequest, wanted: Wanted): Promise<Parts> => {
  const { room, partsMost } = wanted
  const parts: Parts = { files: [], isTooLarge: false, held: 0 }
  let wrong: unknown
  try {
    const options = { limits: { parts: partsMost, files: partsMost, fileSize: Infinity, headerPairs: 20 } }
    // every part is read as bytes: the library would take any bytes for text
    for await (const part of request.parts({ ...options, isPartAFile: () => true })) {
      const content = await contentOf(part as MultipartFile, parts, room)
      try {
        addPart(parts, part as MultipartFile, { content, wanted })
      } catch (error) {
        wrong ??= error
      }
    }
  } catch (error) {
    wrong ??= error
  }
  if (wrong !== undefined) {
    release(parts, room)
    throw asBad(wrong, partsMost)
  }
  return parts
}

export const release = (parts: Pick<Parts, 'held'>, room: Room): void => {
  room.taken -= parts.held
  parts.held = 0
}

const asBad = (error: unknown, partsMost: number): unknown => {
  if (error instanceof ApiError) return error
  const isMany = /^FST_(FILES|PARTS)_LIMIT$/.test(String((error as { code?: unknown }).code))
  const sentence = isMany ? `A form must not have more than ${partsMost} fields.` : 'The multipart body cannot be read.'
  return new ApiError('invalid_request', { sentence }, error)
}

interface Content {
  /** None of what does not fit. */
  chunks: Buffer[]
  size: number
  hash: string
  isTooLarge: boolean
  isCrowdedOut: boolean
}

const contentOf = async ({ file }: { file: Readable }, parts: Pick<Parts, 'held'>, room: Room): Promise<Content> => {
  const content: Content = { chunks: [], size: 0, hash: '', isTooLarge: false, isCrowdedOut: false }
  const hash = createHash('sha256')
  for await (const chunk of file as AsyncIterable<Buffer>) {
    content.size += chunk.length
    content.isTooLarge ||= parts.held + chunk.length > limits.uploadBytes
    content.isCrowdedOut ||= room.taken + chunk.length > limits.uploadBytesAtOnce
    if (content.isTooLarge || content.isCrowdedOut) {
      content.chunks = []
      continue
    }
    parts.held += chunk.length
    room.taken += chunk.length
    hash.update(chunk)
    content.chunks.push(chunk)
  }
  return { ...content, hash: hash.digest('hex') }
}

/** A body that is a file. Reads it to the end whatever it finds, as `readParts` does. */
export const readFile = async (
  file: Readable,
  { room, ...named }: Pick<Upload, 'name' | 'contentType'> & { room: Room },
): Promise<{ upload: Upload; held: { held: number } }> => {
  const held = { held: 0 }
  try {
    const { chunks, size, hash, isTooLarge, isCrowdedOut } = await contentOf({ file }, held, room)
    if (isCrowdedOut) fail('uploads_busy')
    if (isTooLarge) fail('body_too_large', { limit: limits.uploadBytes })
    return { upload: { ...named, chunks, size, hash }, held }
  } catch (error) {
    release(held, room)
    throw error
  }
}

const addPart = (
  parts: Parts,
  { fieldname, filename, mimetype }: MultipartFile,
  { content: { chunks, size, hash, ...content }, wanted }: { content: Content; wanted: Wanted },
): void => {
  if (content.isCrowdedOut) fail('uploads_busy')
  parts.isTooLarge ||= content.isTooLarge
  if (content.isTooLarge) return
  if (filename === undefined) {
    if (size > limits.bodyBytes) fail('body_too_large', { limit: limits.bodyBytes })
    return wanted.addField(fieldname, textOf(Buffer.concat(chunks), shortened(fieldname)))
  }
  // what a browser sends where no file was chosen
  if (filename === '' && size === 0) return
  const { filesField } = wanted
  if (fieldname !== filesField) bad(`${shortened(fieldname)} is not a field for files: they go into ${filesField}.`)
  parts.files.push({ name: fileName(filename, parts.files.length), contentType: typeOf(mimetype), size, hash, chunks })
}

const nameCharacters = 80

export const shortened = (name: string): string => name.slice(0, nameCharacters).toWellFormed()

export const textOf = (bytes: Buffer, what: string): string => {
  if (!isUtf8(bytes)) bad(`${what} is not valid UTF-8: a page in another charset needs accept-charset="utf-8".`)
  return bytes.toString('utf8')
}

/** Browsers write quotes and line ends in it as %22, %0D and %0A (HTML, multipart/form-data). */
const fileName = (name: string, before: number): string =>
  name
    .replaceAll('%22', '"')
    .replaceAll(/%0[DA]/gi, ' ')
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(-limits.fileNameCharacters)
    .toWellFormed() || `attachment-${before + 1}`

const typeOf = (type: string): string =>
  /^[\w!#$&^.+-]+\/[\w!#$&^.+-]{1,100}$/.test(type) ? type : 'application/octet-stream'
