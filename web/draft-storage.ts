export type Mode = 'reply' | 'note'

/** Addresses that a reply goes to. */
export interface Chosen {
  to: string[]
  cc: string[]
  bcc: string[]
}

export interface Draft {
  mode: Mode
  reply: string
  note: string
  /** The newest message when the reply was begun. */
  since?: string | undefined
  /** Undefined until they are changed: whom the conversation says. */
  recipients?: Chosen | undefined
}

const prefix = 'draft '
const blank: Draft = { mode: 'reply', reply: '', note: '' }

interface Place {
  agentId: string
  conversationId: string
}

const keyOf = ({ agentId, conversationId }: Place): string => `${prefix}${agentId} ${conversationId}`

export const readDraft = (place: Place): Draft => {
  try {
    return { ...blank, ...(JSON.parse(localStorage.getItem(keyOf(place)) ?? '{}') as Partial<Draft>) }
  } catch {
    return blank
  }
}

const listeners = new Set<() => void>()

/** Calls the listener when a draft has begun, changed or ended, in this tab or another one. */
export const onDrafts = (listener: () => void): (() => void) => {
  listeners.add(listener)
  addEventListener('storage', listener)
  return () => {
    listeners.delete(listener)
    removeEventListener('storage', listener)
  }
}

export const hasDraft = (place: Place): boolean => {
  const { reply, note } = readDraft(place)
  return reply !== '' || note !== ''
}

export const writeDraft = (place: Place, draft: Draft): void => {
  try {
    // the mode stays, too, until the agent changes it: what follows a note may be meant for the team only
    if (draft.reply === '' && draft.note === '' && draft.mode === 'reply') localStorage.removeItem(keyOf(place))
    else localStorage.setItem(keyOf(place), JSON.stringify(draft))
  } catch {
    // a full or forbidden storage: it is kept while the page is open
  }
  listeners.forEach((listener) => listener())
}

/** All drafts of an agent, as they are stored. */
export const draftsOf = (agentId: string): [key: string, draft: string][] => {
  try {
    return Object.entries(localStorage).filter(([key]) => key.startsWith(`${prefix}${agentId} `))
  } catch {
    return []
  }
}

export const restoreDrafts = (drafts: [key: string, draft: string][]): void => {
  try {
    for (const [key, draft] of drafts) localStorage.setItem(key, draft)
  } catch {
    // a full or forbidden storage
  }
}

/** Of everybody who was signed in at this browser. */
export const forgetDrafts = (): void => {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) localStorage.removeItem(key)
  } catch {
    // a forbidden storage has none
  }
}
