import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import type { SignedIn } from '../server/sessions/schema.ts'
import { Failure } from './api.ts'
import { forgetDrafts } from './draft-storage.ts'

/** Who is no longer signed in sees the way in. */
const onError = (error: Error): void => {
  if (!(error instanceof Failure && error.status === 401)) return
  const known = client.getQueryData<SignedIn | null>(['session'])
  client.setQueryData(['session'], null)
  // a session that has not expired was ended, at another computer perhaps: that is a sign-out here, too
  if (known && Date.parse(known.session.expiresAt) > Date.now()) forgetDrafts()
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
