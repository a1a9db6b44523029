import { Refused, type Api, type Attachment, type Identity, type Message } from './api.ts'
import type { Store } from './store.ts'

type Connection = 'ready' | 'away' | 'refused'

/** A message as it is shown: `key` stays the same from the moment it is written. */
export interface Shown {
  key: string
  isOwn: boolean
  isWaiting: boolean
  author: string | null
  text: string
  at: Date
  files: File[]
}

export interface File extends Attachment {
  messageId: string
}

export interface Chat {
  shown(): Shown[]
  connection(): Connection
  hasEarlier(): boolean
  loadEarlier(): Promise<void>
  /** Keeps the message until the server has it, whatever happens to the page or the network. */
  send(text: string): void
  load(file: File): Promise<Blob>
  /** Another tab, or the network, may have changed something. */
  wake(): void
  stop(): void
  /** At the end of everything: the token is good for nothing any more. */
  end(): void
}

interface Parts {
  api: Api
  store: Store
  identity: Identity
  onChange(): void
}

/** Milliseconds. */
const firstWait = 1000
const longestWait = 30_000

export const createChat = ({ api, store, identity: given, onChange }: Parts): Chat => {
  const ending = new AbortController()
  const messages = new Map<string, Message>()
  let identity = given
  let token = ''
  let cursor: string | null = null
  let isLoaded = false
  let connection: Connection = 'ready'
  let failures = 0
  let hasEnded = false
  const bell = createBell()

  const change = (to: Connection) => {
    connection = to
    onChange()
  }

  /** Tabs take turns, so that two of them do not become two visitors. */
  const inTurn = async (act: () => Promise<void>): Promise<void> =>
    'locks' in navigator ? navigator.locks.request('support-widget', act) : act()

  /** What the server refuses of the identity is left out: the others still say who it is. */
  const introduce = async () => {
    for (;;) {
      try {
        return await api.startSession(store.get('token'), identity)
      } catch (error) {
        if (!(error instanceof Refused) || error.status !== 400 || Object.keys(identity).length === 0) throw error
        identity = withoutRefused(identity, error.message)
      }
    }
  }

  const startSession = () =>
    inTurn(async () => {
      const session = await introduce()
      if (hasEnded) {
        void endSession(session.token)
        return
      }
      if (identity.signature !== undefined && !session.isVerified)
        console.error('Support chat: data-signature does not belong to data-user-email; the visitor stays anonymous.')
      if (visitorOf(session.token) !== visitorOf(store.get('token'))) store.set('seen', '')
      token = session.token
      store.set('token', token)
    })

  const endSession = (last: string) =>
    api.endSession(last).catch((error: unknown) => console.error(`Support chat: ${String(error)}`))

  const sendWaiting = async () => {
    for (const { id, text } of store.waiting()) {
      const message = await api.send(token, { id, text, ...identity })
      messages.set(message.id, message)
      store.drop(id)
      failures = 0
      change('ready')
    }
  }

  const load = async () => {
    const page = await api.messages(token, null)
    for (const message of page.items) messages.set(message.id, message)
    cursor = page.cursor
    isLoaded = true
    change('ready')
  }

  /** Everything that the server is asked, one after the other; what fails is tried again. */
  const run = async () => {
    while (!ending.signal.aborted) {
      bell.hush()
      try {
        if (token !== '' && !isCurrent()) forget()
        if (needsServer()) {
          if (token === '') await startSession()
          await sendWaiting()
          if (!isLoaded) await load()
        }
        if (!navigator.onLine) change('away')
        if (messages.size > 0 && isWatched()) await attend()
        else await bell.rings()
      } catch (error) {
        await afterFailure(error as Refused)
      }
    }
  }

  const isCurrent = () => token === store.get('token')

  const needsServer = () => store.get('token') !== '' || identity.signature !== undefined || store.waiting().length > 0

  const forget = () => {
    messages.clear()
    token = ''
    isLoaded = false
    onChange()
  }

  /** There is a conversation and somebody who looks: what comes is shown as it comes, what is written leaves at once. */
  const attend = async () => {
    const leaving = new AbortController()
    const live = follow(leaving.signal)
    try {
      // undefined when it rang
      const end = live.then(() => 'ended')
      end.catch(() => {})
      while (isWatched() && (await Promise.race([bell.rings(), end])) === undefined) {
        bell.hush()
        await sendWaiting()
      }
    } finally {
      leaving.abort()
      await live.catch(() => {})
    }
    // the server has ended it, to start again perhaps
    if (isWatched()) await restOrBell(firstWait)
  }

  const isWatched = () => isCurrent() && !document.hidden && navigator.onLine && !ending.signal.aborted

  /** So that many browsers do not come back at once. */
  const restOrBell = (milliseconds: number) =>
    Promise.race([bell.rings(), sleep(milliseconds * (0.75 + Math.random() / 2))])

  const follow = (signal: AbortSignal) =>
    api.follow(token, {
      lastId: sorted(messages).at(-1)?.id,
      signal,
      onOpen: () => {
        failures = 0
        change('ready')
      },
      onMessage: (message) => {
        messages.set(message.id, message)
        if (message.clientId !== null) store.drop(message.clientId)
        onChange()
      },
    })

  const afterFailure = async (error: Refused) => {
    isLoaded = false
    if (error.code === 'invalid_visitor_token') {
      // another tab has a newer one
      if (!isCurrent()) return forget()
      store.set('token', '')
      forget()
    } else if (error.code === 'conversation_not_found') {
      // nothing is left of this visitor
      messages.clear()
      isLoaded = true
      onChange()
      return
    }
    const isFinal = error.status >= 400 && error.status < 500 && ![401, 408, 429].includes(error.status)
    if (isFinal) console.error(`Support chat: ${error.message}`)
    change(isFinal ? 'refused' : 'away')
    const wait = isFinal ? longestWait : Math.min(longestWait, firstWait * 2 ** failures++)
    await restOrBell(Math.max(wait, error.retryAfter * 1000))
  }

  void run()

  return {
    shown: () => [...sorted(messages).map(shownOf), ...store.waiting().filter(isNew(messages)).map(waitingOf)],
    connection: () => connection,
    hasEarlier: () => cursor !== null,
    loadEarlier: async () => {
      const page = await api.messages(token, cursor)
      for (const message of page.items) messages.set(message.id, message)
      cursor = page.cursor
      onChange()
    },
    send: (text) => {
      store.keep({ id: newId(), text, at: Date.now() })
      onChange()
      bell.ring()
    },
    load: ({ messageId, number }) => api.file(token, messageId, number),
    wake: () => {
      onChange()
      bell.ring()
    },
    stop: () => {
      ending.abort()
      bell.ring()
    },
    end: () => {
      hasEnded = true
      if (store.get('token') !== '') void endSession(store.get('token'))
    },
  }
}

/** A token begins with whose it is. */
const visitorOf = (token: string): string => token.split('.')[0]!

/** The server names the field that it refuses first in its sentence. */
const withoutRefused = (identity: Identity, sentence: string): Identity => {
  const { [sentence.split(' ')[0] as keyof Identity]: refused, ...others } = identity
  console.error(`Support chat: ${refused === undefined ? 'the visitor stays anonymous. ' : ''}${sentence}`)
  return refused === undefined ? {} : others
}

/** Something to wait for that is not missed when it rings while nobody waits. */
const createBell = () => {
  let hasRung = false
  let answer = () => {}
  return {
    ring: () => {
      hasRung = true
      answer()
    },
    hush: () => void (hasRung = false),
    rings: () => (hasRung ? Promise.resolve() : new Promise<void>((resolve) => (answer = resolve))),
  }
}

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

/** 128 random bits: `crypto.randomUUID` is not there on pages without https. */
const newId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')

const sorted = (messages: Map<string, Message>): Message[] =>
  [...messages.values()].sort((a, b) => a.createdAt.localeCompare(b.createdAt) || (a.id < b.id ? -1 : 1))

const isNew =
  (messages: Map<string, Message>) =>
  ({ id }: { id: string }): boolean =>
    ![...messages.values()].some(({ clientId }) => clientId === id)

const shownOf = ({ id, clientId, direction, agentName, text, createdAt, attachments }: Message): Shown => ({
  key: clientId ?? id,
  isOwn: direction === 'INBOUND',
  isWaiting: false,
  author: agentName,
  text,
  at: new Date(createdAt),
  files: attachments.map((file) => ({ ...file, messageId: id })),
})

const waitingOf = ({ id, text, at }: { id: string; text: string; at: number }): Shown => ({
  key: id,
  isOwn: true,
  isWaiting: true,
  author: null,
  text,
  at: new Date(at),
  files: [],
})
