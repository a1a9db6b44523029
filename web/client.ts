import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import type { SignedIn } from '../server/sessions/schema.ts'
import { Failure } from './api.ts'
import { draftsOf, forgetDrafts } from './draft-storage.ts'

/** Who is no longer signed in sees the way in. */
const onError = (error: Error): void => {
  if (!(error instanceof Failure && error.status === 401)) return
  sessionIsLost()
}

/** Whoever was signed in until a moment ago, with the drafts that only this page still has. */
export interface LostSession {
  agentId: string
  email: string | null
  drafts: [key: string, draft: string][]
}

/** Says so in the place of the page. What was written waits for whoever wrote it. */
export const sessionIsLost = (): void => {
  const known = client.getQueryData<SignedIn | null>(['session'])
  client.setQueryData(['session'], null)
  if (!known) return
  const { id: agentId, email } = known.agent
  client.setQueryData<LostSession>(['lost session'], { agentId, email, drafts: draftsOf(agentId) })
  // a session that has not expired was ended, at another computer perhaps: that is a sign-out here, too
  if (Date.parse(known.session.expiresAt) > Date.now()) forgetDrafts()
}

/** Live changes say what is out of date, so nothing is asked for again without a reason. */
export const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      staleTime: Infinity,
      networkMode: 'always',
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      retry: (times, error) => error instanceof Failure && error.isPassing && times < 3,
    },
    mutations: { networkMode: 'always' },
  },
})
