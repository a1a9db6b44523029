import { useState } from 'react'
import { readDraft, writeDraft, type Draft } from '../draft-storage.ts'
import { newestOf } from './messages.ts'
import { useMe } from '../session/session.ts'

/** What is being written in a conversation. Reply and note are two texts, so that neither becomes the other. */
export const useDraft = (conversationId: string) => {
  const place = { agentId: useMe().id, conversationId }
  const [draft, setDraft] = useState(() => readDraft(place))
  const change = (changes: Partial<Draft>) =>
    setDraft((before) => {
      const after = { ...before, ...changes }
      writeDraft(place, after)
      return after
    })
  const write = (text: string) => {
    const newest = draft.mode === 'reply' && draft.reply === '' ? newestOf(conversationId) : undefined
    change({ [draft.mode]: text, ...(newest ? { since: newest.id } : {}) })
  }
  return { ...draft, text: draft[draft.mode], change, write }
}
