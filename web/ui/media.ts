import { useSyncExternalStore } from 'react'

const hookFor = (query: string) => {
  const list = matchMedia(query)
  const subscribe = (listener: () => void) => {
    list.addEventListener('change', listener)
    return () => list.removeEventListener('change', listener)
  }
  return (): boolean => useSyncExternalStore(subscribe, () => list.matches)
}

/** Whether there is room for a third pane. */
export const useIsWide = hookFor('(min-width: 1280px)')

/** Whether there is room for one pane only. */
export const useIsPhone = hookFor('(max-width: 767px)')
