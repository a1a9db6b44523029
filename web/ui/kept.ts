import { useSyncExternalStore } from 'react'

/** A choice that this browser keeps, the same in every component and tab that shows it. */
export const keptChoice = (key: string) => {
  const listeners = new Set<() => void>()
  const read = (): string | null => {
    try {
      return localStorage.getItem(key)
    } catch {
      // a forbidden storage has none
      return null
    }
  }
  let chosen = read()
  const tell = () => listeners.forEach((listener) => listener())
  addEventListener('storage', ({ key: changed }) => {
    if (changed !== key && changed !== null) return
    chosen = read()
    tell()
  })
  return {
    use: () =>
      useSyncExternalStore(
        (listener) => {
          listeners.add(listener)
          return () => listeners.delete(listener)
        },
        () => chosen,
      ),
    choose: (value: string): void => {
      chosen = value
      try {
        localStorage.setItem(key, value)
      } catch {
        // it counts while the page is open
      }
      tell()
    },
  }
}
