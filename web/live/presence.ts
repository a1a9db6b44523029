import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { put } from '../api.ts'
import { client } from '../client.ts'
import { useMe } from '../session/session.ts'

/** Who else is at a conversation. */
export interface Presence {
  conversationId: string
  agents: { id: string; name: string; state: 'VIEWING' | 'WRITING' }[]
}

/** The server forgets who has not said it for 15 seconds. */
const every = 6000

export const presenceSaid = ({ conversationId, agents }: Presence): void => {
  client.setQueryData(['presence', conversationId], agents)
}

export const useOthers = (conversationId: string): Presence['agents'] => {
  const { id } = useMe()
  const { data = [] } = useQuery<Presence['agents']>({
    queryKey: ['presence', conversationId],
    queryFn: () => [],
    enabled: false,
  })
  return data.filter((agent) => agent.id !== id)
}

/** Tells the others, for as long as the conversation is on the screen. */
export const useSayPresence = (conversationId: string, isWriting: boolean): void => {
  const state = isWriting ? 'WRITING' : 'VIEWING'
  useEffect(() => {
    // a courtesy: nothing depends on it
    const say = (what: string) => void put(`/conversations/${conversationId}/presence`, { state: what }).catch(() => {})
    const sayIfSeen = () => document.visibilityState === 'visible' && say(state)
    sayIfSeen()
    const timer = setInterval(sayIfSeen, every)
    return () => clearInterval(timer)
  }, [conversationId, state])
  useEffect(
    () => () => void put(`/conversations/${conversationId}/presence`, { state: 'GONE' }).catch(() => {}),
    [conversationId],
  )
}
