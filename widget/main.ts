import { createApi, type Api, type Appearance, type Identity } from './api.ts'
import { createChat, type Chat } from './chat.ts'
import { openStore, type Store } from './store.ts'
import { createView, textCharacters, type View } from './view.ts'
import { wordsFor } from './words.ts'

interface Options extends Identity {
  publishableKey?: string
  align?: string
  locale?: string
}

interface Opening {
  message?: string
  /** Sent at once, and not only written into the field. */
  autoSend?: boolean
}

type Command = [name: string, options?: Options & Opening]

declare global {
  interface Window {
    TidySupport?: ((...command: Command) => void) & { q?: ArrayLike<unknown>[] }
  }
}

/** Milliseconds. */
const patience = 1500

const script = document.currentScript as HTMLScriptElement | null
const server = new URL(script?.src ?? location.href).origin

let running: { options: Options; store: Store; chat: Chat; view: View } | undefined

const identityOf = ({ email, name, visitorId, signature }: Options): Identity => ({
  ...(email ? { email } : {}),
  ...(name ? { name } : {}),
  ...(visitorId ? { visitorId } : {}),
  ...(email && signature ? { signature } : {}),
})

/**
 * Whoever says to be somebody else does not see what was written before them in this browser. Tabs with a signature and tabs
 * without would take each other's tokens away.
 */
const storeOf = ({ publishableKey, visitorId = '', email = '', signature }: Options): Store =>
  openStore(JSON.stringify([publishableKey, visitorId, email, ...(signature ? ['signed'] : [])]))

const isAnonymous = ({ visitorId, email }: Options): boolean => !visitorId && !email

const boot = (options: Options = {}): void => {
  if (!options.publishableKey) return console.error('Support chat: publishableKey is needed.')
  // pages that change without loading may say the same again and again
  if (running && JSON.stringify(running.options) === JSON.stringify(options)) return
  halt()
  const store = storeOf(options)
  const { signature, ...claimed } = options
  // what somebody wrote before they logged in goes with them
  if (signature) storeOf(claimed).moveTo(store)
  if (!isAnonymous(options)) storeOf({ publishableKey: options.publishableKey }).moveTo(store)
  const view = createView({
    words: wordsFor([options.locale, document.documentElement.lang, ...navigator.languages]),
    align: options.align,
    store,
    chat: () => chat,
  })
  const api = createApi(server, options.publishableKey)
  const chat: Chat = createChat({
    api,
    store,
    identity: identityOf(options),
    onChange: () => running && view.show(),
  })
  running = { options, store, chat, view }
  view.show()
  void dress(view, { api, store })
}

/** As it looked the last time, at once; then as the server says, or as it looks by itself where that does not answer soon. */
const dress = async (view: View, { api, store }: { api: Api; store: Store }): Promise<void> => {
  const known = store.get('appearance')
  if (known !== '') {
    view.dress(JSON.parse(known) as Appearance)
    view.reveal()
  }
  const timer = setTimeout(view.reveal, patience)
  try {
    const appearance = await api.appearance()
    store.set('appearance', JSON.stringify(appearance))
    view.dress(appearance)
  } catch {
    // the chat tells by itself whether the server can be reached
  }
  clearTimeout(timer)
  view.reveal()
}

const halt = (): void => {
  running?.chat.stop()
  running?.view.remove()
  running = undefined
}

const open = ({ message, autoSend = false }: Opening): void => {
  // a page may give anything
  const text = typeof message === 'string' ? message.trim().slice(0, textCharacters) : ''
  const isSent = autoSend && text !== ''
  if (isSent) running?.chat.send(text)
  running?.view.open(isSent ? '' : text)
}

const commands: Record<string, (options?: Options & Opening) => void> = {
  boot: (options) => boot({ ...running?.options, ...options }),
  identify: (options) => running && boot({ ...running.options, ...options }),
  open: (options = {}) => open(options),
  close: () => running?.view.close(),
  // nothing of whoever used this browser stays in it
  shutdown: () => {
    running?.chat.end()
    running?.store.clear()
    halt()
  },
}

const run = (name: string, options?: Options & Opening): void => {
  const command = commands[name]
  if (command) command(options)
  else console.error(`Support chat: there is no command ${name}.`)
}

const start = (): void => {
  const early = window.TidySupport?.q ?? []
  window.TidySupport = run
  const { publishableKey, userEmail, userName, visitorId, signature, align, locale } = script?.dataset ?? {}
  const given = { publishableKey, email: userEmail, name: userName, visitorId, signature, align, locale }
  if (publishableKey) boot(Object.fromEntries(Object.entries(given).filter(([, text]) => text)))
  for (const command of early) run(...(Array.from(command) as Command))
  const wake = () => running?.chat.wake()
  for (const event of ['online', 'offline', 'pageshow']) addEventListener(event, wake)
  document.addEventListener('visibilitychange', wake)
  addEventListener('storage', ({ key }) => running?.store.isConcernedBy(key) && wake())
}

if (document.body) start()
else document.addEventListener('DOMContentLoaded', start)
