import { useState } from 'react'
import { useMe } from '../session/session.ts'

export type Mode = 'reply' | 'note'

interface Draft {
  mode: Mode
  reply: string
  note: string
}

const blank: Draft = { mode: 'reply', reply: '', note: '' }

const read = (key: string): Draft => {
  try {
    return { ...blank, ...(JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<Draft>) }
  } catch {
    return blank
  }
}

const write = (key: string, draft: Draft): void => {
  try {
    if (draft.reply === '' && draft.note === '') localStorage.removeItem(key)
    else localStorage.setItem(key, JSON.stringify(draft))
  } catch {
    // a full or forbidden storage: it is kept while the page is open
  }
}

/** What is being written in a conversation. Reply and note are two texts, so that neither becomes the other. */
export const useDraft = (conversationId: string) => {
  const key = `draft ${useMe().id} ${conversationId}`
  const [draft, setDraft] = useState(() => read(key))
  const change = (changes: Partial<Draft>) =>
    setDraft((before) => {
      const after = { ...before, ...changes }
      write(key, after)
      return after
    })
  return { ...draft, text: draft[draft.mode], change, write: (text: string) => change({ [draft.mode]: text }) }
}
