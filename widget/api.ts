export interface Message {
  id: string
  direction: 'INBOUND' | 'OUTBOUND'
  text: string
  agentName: string | null
  clientId: string | null
  createdAt: string
  attachments: Attachment[]
}

export interface Attachment {
  number: number
  name: string
}

/** What a page says of its visitor. */
export interface Identity {
  email?: string
  name?: string
  visitorId?: string
  signature?: string
}

/** The server's refusal; `status` 0 when it cannot be reached. */
export class Refused extends Error {
  readonly status: number
  readonly code: string
  /** Seconds. */
  readonly retryAfter: number

  constructor(status: number, { message = '', code = '' }: { message?: string; code?: string }, retryAfter = 0) {
    super(message)
    this.status = status
    this.code = code
    this.retryAfter = retryAfter
  }
}

const unreachable = (error: unknown) => new Refused(0, { message: String(error) })

interface Page {
  items: Message[]
  cursor: string | null
}

/** How the team wants the chat to look; null: as it looks by itself. */
export interface Appearance {
  greeting: string | null
  color: string | null
  position: 'LEFT' | 'RIGHT' | null
}

export interface Api {
  appearance(): Promise<Appearance>
  startSession(token: string, identity: Identity): Promise<{ token: string; isVerified: boolean }>
  /** The token is nobody's from then on, also where the page is left meanwhile. */
  endSession(token: string): Promise<unknown>
  /** Newest first. */
  messages(token: string, cursor: string | null): Promise<Page>
  send(token: string, message: { id: string; text: string } & Identity): Promise<Message>
  file(token: string, messageId: string, number: number): Promise<Blob>
  /** Calls `onMessage` for each message after `lastId` until the connection ends. */
  follow(token: string, options: Following): Promise<void>
}

interface Following {
  lastId: string | undefined
  signal: AbortSignal
  onOpen(): void
  onMessage(message: Message): void
}

/** Milliseconds: an answer may take so long, and a live connection may be silent so long (it has a heartbeat of 25 s). */
const patience = 20_000
const silence = 60_000

export const createApi = (server: string, publishableKey: string): Api => {
  const root = `${server}/embeds/v1/chats/${encodeURIComponent(publishableKey)}`

  const ask = async (path: string, { token = '', body, ...init }: RequestInit & { token?: string } = {}) => {
    const headers = new Headers(init.headers)
    if (token !== '') headers.set('authorization', `Bearer ${token}`)
    if (body) headers.set('content-type', 'application/json')
    const answer = await fetch(root + path, {
      ...init,
      ...(body ? { method: 'POST', body } : {}),
      headers,
      credentials: 'omit',
      cache: init.cache ?? 'no-store',
      referrerPolicy: 'no-referrer',
    }).catch((error: unknown) => {
      throw unreachable(error)
    })
    if (answer.ok) return answer
    const reason = (await answer.json().catch(() => ({}))) as { message?: string; code?: string }
    throw new Refused(answer.status, reason, Number(answer.headers.get('retry-after')))
  }
  const askJson = async (path: string, init: Parameters<typeof ask>[1] = {}) => {
    const answer = await ask(path, { ...init, signal: AbortSignal.timeout(patience) })
    return answer.json().catch((error: unknown) => {
      throw unreachable(error)
    })
  }

  return {
    appearance: async () => (await askJson('/appearance', { cache: 'default' })).appearance,
    startSession: async (token, identity) => {
      const body = JSON.stringify({ ...(token === '' ? {} : { token }), ...identity })
      return (await askJson('/sessions', { body })).session
    },
    endSession: (token) => ask('/session', { token, method: 'DELETE', keepalive: true }),
    messages: async (token, cursor) => {
      const after = cursor === null ? '' : `&cursor=${cursor}`
      return (await askJson(`/messages?limit=50${after}`, { token })).messages
    },
    send: async (token, message) => (await askJson('/messages', { token, body: JSON.stringify(message) })).message,
    file: async (token, messageId, number) =>
      (await ask(`/messages/${messageId}/attachments/${number}`, { token })).blob(),
    follow: async (token, { lastId, signal, onOpen, onMessage }) => {
      const headers = lastId === undefined ? {} : { 'last-event-id': lastId }
      const ending = new AbortController()
      const end = () => ending.abort()
      signal.addEventListener('abort', end)
      let timer = setTimeout(end, silence)
      try {
        const { body } = await ask('/events', { token, headers, signal: ending.signal })
        onOpen()
        await readEvents(body!, (chunk) => {
          clearTimeout(timer)
          timer = setTimeout(end, silence)
          for (const event of chunk) onMessage(event)
        })
      } catch (error) {
        throw error instanceof Refused ? error : unreachable(error)
      } finally {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
      }
    },
  }
}

/** The browsers' EventSource cannot send a token but in the address, where logs would keep it. */
const readEvents = async (body: ReadableStream<Uint8Array>, onEvents: (messages: Message[]) => void): Promise<void> => {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader()
  let text = ''
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    text += read.value
    const events = text.split('\n\n')
    text = events.pop()!
    onEvents(
      events.flatMap((event) => {
        const data = /^data: (.*)$/m.exec(event)?.[1]
        return data === undefined ? [] : [JSON.parse(data) as Message]
      }),
    )
  }
}
