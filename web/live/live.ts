import { useEffect, useState } from 'react'
import { inboxUrl, query } from '../api.ts'
import { client } from '../client.ts'
import { useMe } from '../session/session.ts'
import { hear, type Change } from './hear.ts'
import { presenceSaid, type Presence } from './presence.ts'

const soonest = 500
const latest = 10_000

/** Follows what happens in the workspace, from where it was; resolves to whether the connection stands. */
export const useLive = (): boolean => {
  const { id: myId } = useMe()
  const [isConnected, setConnected] = useState(true)
  useEffect(() => follow({ myId, setConnected }), [myId])
  return isConnected
}

interface Follower {
  myId: string
  setConnected(isConnected: boolean): void
}

/**
 * The browser connects again by itself after a lost network, not after an answer that was no stream: then we do, after
 * the last event that came. Whoever was away for too long is told to load everything anew.
 */
const follow = ({ myId, setConnected }: Follower): (() => void) => {
  let source: EventSource
  let last: string | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let wait = soonest
  const { changed, close } = hear(myId)

  const connect = () => {
    clearTimeout(timer)
    source?.close()
    source = new EventSource(inboxUrl(`/events${query({ after: last })}`))
    source.addEventListener('open', () => {
      wait = soonest
      setConnected(true)
      // what was asked for in vain while there was none
      void client.refetchQueries({ type: 'active', predicate: ({ state }) => state.isInvalidated })
    })
    source.addEventListener('change', ({ data, lastEventId }: MessageEvent<string>) => {
      last = lastEventId
      changed(JSON.parse(data) as Change)
    })
    source.addEventListener('presence', ({ data }: MessageEvent<string>) => presenceSaid(JSON.parse(data) as Presence))
    source.addEventListener('reload', ({ lastEventId }: MessageEvent<string>) => {
      last = lastEventId || undefined
      void client.invalidateQueries()
    })
    source.addEventListener('error', () => {
      setConnected(false)
      // the server refused it: perhaps the session has ended
      if (source.readyState === EventSource.CLOSED) void client.invalidateQueries({ queryKey: ['session'] })
      clearTimeout(timer)
      timer = setTimeout(connect, wait)
      wait = Math.min(wait * 2, latest)
    })
  }
  const onOffline = () => {
    clearTimeout(timer)
    source.close()
    setConnected(false)
  }
  window.addEventListener('online', connect)
  window.addEventListener('offline', onOffline)
  connect()
  return () => {
    window.removeEventListener('online', connect)
    window.removeEventListener('offline', onOffline)
    clearTimeout(timer)
    source.close()
    close()
  }
}
