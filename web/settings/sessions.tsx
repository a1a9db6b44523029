import { useQuery } from '@tanstack/react-query'
import type { Static } from 'typebox'
import type { sessions } from '../../server/sessions/schema.ts'
import { send } from '../api.ts'
import { Button } from '../ui/button.tsx'
import { Time } from '../ui/time.tsx'
import { useToasts } from '../ui/toasts.tsx'
import { Card, Cards } from './card.tsx'
import { changed } from './list.ts'

/** The browser and the system, as far as they can be told. */
const browserOf = (userAgent: string): string => {
  const browser = /(Edg|Firefox|Chrome|Safari)\//.exec(userAgent)?.[1]?.replace('Edg', 'Edge') ?? 'A browser'
  const system = /Windows|Android|iPhone|iPad|Mac OS X|Linux/.exec(userAgent)?.[0]?.replace('Mac OS X', 'macOS')
  return system ? `${browser} on ${system}` : browser
}

export const Sessions = () => {
  const { failed } = useToasts()
  const { data } = useQuery({
    queryKey: ['sessions'],
    queryFn: async () => (await send<Static<typeof sessions>>('GET', '/v1/sessions?limit=100')).sessions.items,
  })
  const end = (id: string) =>
    void send('DELETE', `/v1/sessions/${id}`).then(() => changed('sessions'), failed('Not signed out.'))
  return (
    <section>
      <h3 className="mb-3 font-semibold">Where you are signed in</h3>
      <Cards label="Sessions">
        {data?.map(({ id, userAgent, lastUsedAt, isCurrent }) => (
          <Card
            key={id}
            title={browserOf(userAgent)}
            note={
              isCurrent ? (
                'This browser'
              ) : (
                <>
                  Last used <Time at={lastUsedAt} />
                </>
              )
            }
            actions={!isCurrent && <Button onClick={() => end(id)}>Sign out</Button>}
          />
        ))}
      </Cards>
    </section>
  )
}
