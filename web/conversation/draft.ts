import { useState } from 'react'
import { readDraft, writeDraft, type Draft } from '../draft-storage.ts'
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
  return { ...draft, text: draft[draft.mode], change, write: (text: string) => change({ [draft.mode]: text }) }
}
