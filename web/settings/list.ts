import { useQuery } from '@tanstack/react-query'
import { client } from '../client.ts'
import { loadAll } from '../pages.ts'

/** A short list of the settings, whole; its path is also the field that holds it. */
export const useSettings = <T>(path: string) =>
  useQuery({ queryKey: [path], queryFn: ({ signal }) => loadAll<T>(path, { field: path, signal }) })

export const changed = (path: string): void => void client.invalidateQueries({ queryKey: [path] })
