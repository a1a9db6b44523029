interface Waiting {
  id: string
  text: string
  /** Unix milliseconds. */
  at: number
}

/** What survives a reload, of one visitor of one chat: in localStorage, else as long as the page. */
export interface Store {
  /** Whether a change that another tab made (a key of localStorage, null for all) concerns this store. */
  isConcernedBy(key: string | null): boolean
  get(name: Name): string
  set(name: Name, text: string): void
  /** Written and not known to have arrived, oldest first. Each has a key of its own: tabs do not overwrite each other. */
  waiting(): Waiting[]
  keep(message: Waiting): void
  drop(id: string): void
  moveTo(other: Store): void
  clear(): void
}

type Name = 'token' | 'draft' | 'seen' | 'isOpen' | 'appearance'
const names: Name[] = ['token', 'draft', 'seen', 'isOpen', 'appearance']

export const openStore = (scope: string): Store => {
  const storage = storageOf()
  const start = `support-widget:${scope}:`
  const waitingStart = `${start}waiting:`
  const keys = (prefix: string) =>
    Array.from({ length: storage.length }, (_, i) => storage.key(i)!).filter((key) => key.startsWith(prefix))

  const store: Store = {
    isConcernedBy: (key) => key === null || key.startsWith(start),
    get: (name) => storage.getItem(start + name) ?? '',
    set: (name, text) => (text === '' ? storage.removeItem(start + name) : storage.setItem(start + name, text)),
    waiting: () =>
      keys(waitingStart)
        .map((key) => JSON.parse(storage.getItem(key)!) as Waiting)
        .sort((a, b) => a.at - b.at),
    keep: (message) => storage.setItem(waitingStart + message.id, JSON.stringify(message)),
    drop: (id) => storage.removeItem(waitingStart + id),
    moveTo: (other) => {
      for (const name of names) if (other.get(name) === '') other.set(name, store.get(name))
      store.waiting().forEach(other.keep)
      store.clear()
    },
    clear: () => keys(start).forEach((key) => storage.removeItem(key)),
  }
  return store
}

const inMemory = (): Pick<Storage, 'length' | 'key' | 'getItem' | 'setItem' | 'removeItem'> => {
  const map = new Map<string, string>()
  return {
    get length() {
      return map.size
    },
    key: (i) => [...map.keys()][i] ?? null,
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, text) => void map.set(key, text),
    removeItem: (key) => void map.delete(key),
  }
}

let memory: ReturnType<typeof inMemory> | undefined

/** Browsers may refuse it: in private windows, by a setting, in frames without an origin. */
const storageOf = () => {
  try {
    localStorage.setItem('support-widget', '')
    localStorage.removeItem('support-widget')
    return localStorage
  } catch {
    return (memory ??= inMemory())
  }
}
