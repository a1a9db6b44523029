import { useQuery } from '@tanstack/react-query'
import { createContext, useContext } from 'react'
import type { SignedIn } from '../../server/sessions/schema.ts'
import { enterWorkspace, Failure, send } from '../api.ts'
import { client } from '../client.ts'
import { forgetDrafts } from '../draft-storage.ts'

export const entered = (session: SignedIn): void => {
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
        if (error instanceof Failure && error.status === 401) return null
        throw error
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
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' })
  forgetDrafts()
}

otherTabs.addEventListener('message', leave)

export const signOut = async (): Promise<void> => {
  await send<void>('DELETE', '/v1/session').catch((error: unknown) => {
    // it was ended elsewhere
    if (!(error instanceof Failure && error.status === 401)) throw error
  })
  leave()
  otherTabs.postMessage(null)
}
