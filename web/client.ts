import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { Failure } from './api.ts'

/** Who is no longer signed in sees the way in; what they typed stays in the browser. */
const onError = (error: Error): void => {
  if (error instanceof Failure && error.status === 401) client.setQueryData(['session'], null)
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
