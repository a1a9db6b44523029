import type { FastifyRequest } from 'fastify'
import { limits } from '../limits.ts'
import { fail } from '../errors.ts'
import { readParts, shortened, textOf, type Parts, type Room } from '../http/uploads.ts'

/** What was posted, by whichever way it was encoded: text as it was typed, with line ends as LF. */
export interface Post extends Parts {
  fields: Map<string, string>
}

const partsMost = limits.fieldsMost + limits.uploadFiles + 10

const bad = (sentence: string) => fail('invalid_request', { sentence })

/**
 * The body of a request whose content type parser has run; `release` gives back what it holds. Throws `invalid_request`
 * (400) for what is no form, and what `readParts` throws.
 */
export const readPost = async (request: FastifyRequest, room: Room): Promise<Post> => {
  assertCharset(request.headers['content-type'])
  if (request.isMultipart()) {
    const fields = new Map<string, string>()
    const addField = (name: string, text: string) => add(fields, name, text)
    return { fields, ...(await readParts(request, { room, filesField: 'files', partsMost, addField })) }
  }
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
