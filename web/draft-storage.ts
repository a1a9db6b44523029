export type Mode = 'reply' | 'note'

export interface Draft {
  mode: Mode
  reply: string
  note: string
  /** The newest message when the reply was begun. */
  since?: string | undefined
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

export const writeDraft = (place: Place, draft: Draft): void => {
  try {
    // the mode stays, too, until the agent changes it: what follows a note may be meant for the team only
    if (draft.reply === '' && draft.note === '' && draft.mode === 'reply') localStorage.removeItem(keyOf(place))
    else localStorage.setItem(keyOf(place), JSON.stringify(draft))
  } catch {
    // a full or forbidden storage: it is kept while the page is open
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
