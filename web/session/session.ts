import { useQuery } from '@tanstack/react-query'
import { createContext, useContext } from 'react'
import type { SignedIn } from '../../server/sessions/schema.ts'
import { enterWorkspace, Failure, send } from '../api.ts'
import { client, sessionIsLost, type LostSession } from '../client.ts'
import { forgetDrafts, restoreDrafts } from '../draft-storage.ts'

/** Whoever lost a session and comes back goes on where they were; anybody else sees nothing of it. */
export const entered = (session: SignedIn): void => {
  const lost = client.getQueryData<LostSession>(['lost session'])
  if (lost?.agentId === session.agent.id) restoreDrafts(lost.drafts)
  if (lost) forgetAll()
  enterWorkspace(session.workspace.id)
  client.setQueryData(['session'], session)
}

/** Who is signed in; null for nobody. */
export const useSession = () =>
  useQuery({
    queryKey: ['session'],
    queryFn: async (): Promise<SignedIn | null> => {
      try {
        const session = await send<SignedIn>('GET', '/v1/session')
        enterWorkspace(session.workspace.id)
        return session
      } catch (error) {
        if (!(error instanceof Failure && error.status === 401)) throw error
        sessionIsLost()
        return null
      }
    },
  })

/** Stands around the screens that nobody sees who is not signed in. */
export const Session = createContext<SignedIn | null>(null)

export const useMe = () => {
  const { agent, workspace } = useContext(Session)!
  return { ...agent, workspace, isAdmin: agent.role === 'ADMIN' }
}

const otherTabs = new BroadcastChannel('signed out')

/** The next one at this computer sees nothing of what was here. */
const leave = (): void => {
  client.setQueryData(['session'], null)
  forgetAll()
  forgetDrafts()
}

/** All that was loaded. */
const forgetAll = (): void => client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' })

otherTabs.addEventListener('message', leave)

export const signOut = async (): Promise<void> => {
  await send<void>('DELETE', '/v1/session').catch((error: unknown) => {
    // it was ended elsewhere
    if (!(error instanceof Failure && error.status === 401)) throw error
  })
  leave()
  otherTabs.postMessage(null)
}
