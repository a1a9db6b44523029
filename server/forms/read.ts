import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { MultipartFile } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { limits } from '../config.ts'
import { ApiError, fail } from '../errors.ts'

export interface FormFile {
  name: string
  contentType: string
  size: number
  /** SHA-256 of its content, hexadecimal. */
  hash: string
  chunks: Buffer[]
}

/** What was posted, by whichever way it was encoded: text as it was typed, with line ends as LF. */
export interface Post {
  fields: Map<string, string>
  files: FormFile[]
  /** What is larger than a post may be was read to its end, and not kept. */
  isTooLarge: boolean
  /** How many bytes it has taken of the room. */
  held: number
}

/** How many bytes all posts hold together. */
export interface Room {
  taken: number
}

const partsMost = limits.fieldsMost + limits.formFiles + 10
const nameCharacters = 80

const bad = (sentence: string) => fail('invalid_request', { sentence })

/**
 * The body of a request whose content type parser has run; `release` gives back what it holds. Throws `invalid_request`
 * (400) for what is no form.
 */
export const readPost = async (request: FastifyRequest, room: Room): Promise<Post> => {
  assertCharset(request.headers['content-type'])
  if (request.isMultipart()) return fromParts(request, room)
  const { body } = request
  const fields = body instanceof Map ? (body as Map<string, string>) : fromJson(body)
  return { fields, files: [], isTooLarge: false, held: 0 }
}

const assertCharset = (contentType = ''): void => {
  const charset = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(contentType)?.[1]
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) bad('A form must be sent as UTF-8.')
}

/** A body of application/x-www-form-urlencoded. */
export const fromPairs = (bytes: Buffer): Map<string, string> => {
  const fields = new Map<string, string>()
  const pairs = textOf(bytes, 'The body')
    .split('&', partsMost + 1)
    .filter((pair) => pair !== '')
  if (pairs.length > partsMost) bad(`A form must not have more than ${partsMost} fields.`)
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    add(fields, decoded(at === -1 ? pair : pair.slice(0, at)), at === -1 ? '' : decoded(pair.slice(at + 1)))
  }
  return fields
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return bad('The body is not valid percent-encoded UTF-8: a page in another charset needs accept-charset="utf-8".')
  }
}

const fromJson = (body: unknown): Map<string, string> => {
  const fields = new Map<string, string>()
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return bad('The body must be a JSON object.')
  const members = Object.entries(body)
  if (members.length > partsMost) bad(`A form must not have more than ${partsMost} fields.`)
  for (const [name, value] of members)
    add(fields, name, typeof value === 'string' ? value : bad(`${shortened(name)} must be a string.`))
  return fields
}

const add = (fields: Map<string, string>, name: string, value: string): void => {
  if (fields.has(name)) bad(`${shortened(name)} is given twice.`)
  if (`${name}${value}`.includes('\0')) bad(`${shortened(name)} must not contain the character NUL.`)
  // what a browser sends of a chosen file where the form cannot carry it
  if (name === 'files' && value !== '')
    bad('files must be sent as files: the form needs enctype="multipart/form-data".')
  fields.set(name, value.replaceAll(/\r\n?/g, '\n'))
}

const shortened = (name: string): string => name.slice(0, nameCharacters).toWellFormed()

const textOf = (bytes: Buffer, what: string): string => {
  if (!isUtf8(bytes)) bad(`${what} is not valid UTF-8: a page in another charset needs accept-charset="utf-8".`)
  return bytes.toString('utf8')
}

/** Reads to the end whatever it finds: a browser that is still sending does not read the answer. */
const fromParts = async (request: FastifyRequest, room: Room): Promise<Post> => {
  const post: Post = { fields: new Map(), files: [], isTooLarge: false, held: 0 }
  let wrong: unknown
  try {
    const options = { limits: { parts: partsMost, files: partsMost, fileSize: Infinity, headerPairs: 20 } }
    // every part is read as bytes: the library would take any bytes for text
    for await (const part of request.parts({ ...options, isPartAFile: () => true })) {
      const content = await contentOf(part as MultipartFile, post, room)
      try {
        addPart(post, part as MultipartFile, content)
      } catch (error) {
        wrong ??= error
      }
    }
  } catch (error) {
    wrong ??= error
  }
  if (wrong !== undefined) {
    release(post, room)
    throw asBad(wrong)
  }
  return post
}

const asBad = (error: unknown): unknown => {
  if (error instanceof ApiError) return error
  const isMany = /^FST_(FILES|PARTS)_LIMIT$/.test(String((error as { code?: unknown }).code))
  const sentence = isMany ? `A form must not have more than ${partsMost} fields.` : 'The multipart body cannot be read.'
  return new ApiError('invalid_request', { sentence }, error)
}

export const release = (post: Post, room: Room): void => {
  room.taken -= post.held
  post.held = 0
}

interface Content {
  /** None of what does not fit. */
  chunks: Buffer[]
  size: number
  hash: string
  isTooLarge: boolean
  isCrowdedOut: boolean
}

const contentOf = async ({ file }: MultipartFile, post: Post, room: Room): Promise<Content> => {
  const content: Content = { chunks: [], size: 0, hash: '', isTooLarge: false, isCrowdedOut: false }
  const hash = createHash('sha256')
  for await (const chunk of file as AsyncIterable<Buffer>) {
    content.size += chunk.length
    content.isTooLarge ||= post.held + chunk.length > limits.formBytes
    content.isCrowdedOut ||= room.taken + chunk.length > limits.formBytesAtOnce
    if (content.isTooLarge || content.isCrowdedOut) {
      content.chunks = []
      continue
    }
    post.held += chunk.length
    room.taken += chunk.length
    hash.update(chunk)
    content.chunks.push(chunk)
  }
  return { ...content, hash: hash.digest('hex') }
}

const addPart = (post: Post, { fieldname, filename, mimetype }: MultipartFile, content: Content): void => {
  const { chunks, size, hash } = content
  if (content.isCrowdedOut) fail('forms_busy')
  post.isTooLarge ||= content.isTooLarge
  if (content.isTooLarge) return
  if (filename === undefined) {
    if (size > limits.bodyBytes) fail('body_too_large', { limit: limits.bodyBytes })
    return add(post.fields, fieldname ?? '', textOf(Buffer.concat(chunks), shortened(fieldname ?? '')))
  }
  // what a browser sends where no file was chosen
  if (filename === '' && size === 0) return
  if (fieldname !== 'files') bad(`${shortened(fieldname ?? '')} is not a field for files: they go into files.`)
  post.files.push({ name: fileName(filename, post.files.length), contentType: typeOf(mimetype), size, hash, chunks })
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
