import { inWords } from './ui/field-names.ts'

/** What the server refused, in its words, or that it cannot be reached. */
export class Failure extends Error {
  readonly status: number
  readonly code: string
  readonly body: Record<string, unknown>
  /** In the server's words. */
  readonly sentence: string

  /** The version of what there is, where somebody else has changed it. */
  readonly version: string | undefined

  constructor(status: number, body: Record<string, unknown>, version?: string) {
    const sentence = typeof body['message'] === 'string' ? body['message'] : `The server answered ${status}.`
    super(inWords(sentence))
    this.sentence = sentence
    this.status = status
    this.code = typeof body['code'] === 'string' ? body['code'] : ''
    this.body = body
    this.version = version
  }

  /** Whether the same request may well succeed soon. */
  get isPassing(): boolean {
    return this.status === 0 || this.status >= 500
  }
}

let workspace = ''

/** Every address below is in this workspace from now on. */
export const enterWorkspace = (id: string): void => {
  workspace = id
}

/** The address of something in the inbox. */
export const inboxUrl = (path: string): string => `/v1/workspaces/${workspace}/support/inbox${path}`

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

interface Sent {
  body?: unknown
  /** The same thing twice is done once. */
  once?: string
  /** Of what was read: where it is another one by now, nothing is changed. */
  version?: string | undefined
  signal?: AbortSignal
}

/** By address, as it was last read. */
const versions = new Map<string, string>()

/** The version of what was last read at this path. */
export const versionAt = (path: string): string | undefined => versions.get(inboxUrl(path))

/** The answer with its status, where that says something. */
export const answerOf = async <T>(
  method: Method,
  url: string,
  { body, once, version, signal }: Sent = {},
): Promise<{ status: number; content: T }> => {
  const isJson = body !== undefined && !(body instanceof FormData)
  const answer = await fetch(url, {
    method,
    headers: {
      ...(isJson ? { 'content-type': 'application/json' } : {}),
      ...(once === undefined ? {} : { 'idempotency-key': once }),
      ...(version === undefined ? {} : { 'if-match': version }),
    },
    ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : body }),
    ...(signal ? { signal } : {}),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error
    throw new Failure(0, { message: 'The server cannot be reached.' })
  })
  const { status } = answer
  const tag = answer.headers.get('etag') ?? undefined
  if (answer.ok && tag !== undefined) versions.set(url, tag)
  if (status === 204) return { status, content: undefined as T }
  const content: unknown = await answer.json().catch(() => ({}))
  if (!answer.ok) throw new Failure(status, content as Record<string, unknown>, tag)
  return { status, content: content as T }
}

export const send = async <T>(method: Method, url: string, sent?: Sent): Promise<T> =>
  (await answerOf<T>(method, url, sent)).content

export const get = <T>(path: string, signal?: AbortSignal): Promise<T> =>
  send<T>('GET', inboxUrl(path), signal ? { signal } : {})

export const post = <T>(path: string, body: unknown, once?: string): Promise<T> =>
  send<T>('POST', inboxUrl(path), { body, ...(once === undefined ? {} : { once }) })

export const put = <T>(path: string, body?: unknown): Promise<T> => send<T>('PUT', inboxUrl(path), { body })
export const patch = <T>(path: string, body: unknown, version?: string): Promise<T> =>
  send<T>('PATCH', inboxUrl(path), { body, version })
export const remove = (path: string): Promise<void> => send<void>('DELETE', inboxUrl(path))

/** `?a=1&b=2` of what is given. */
export const query = (given: Record<string, string | number | undefined>): string => {
  const known = Object.entries(given).filter(([, value]) => value !== undefined)
  return known.length === 0 ? '' : `?${new URLSearchParams(known.map(([name, value]) => [name, String(value)]))}`
}

/** crypto.randomUUID is not there on plain http. */
export const newOnce = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')

export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
