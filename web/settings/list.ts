import { useQuery } from '@tanstack/react-query'
import { client } from '../client.ts'
import { loadAll } from '../pages.ts'

/** A short list of the settings, whole; its path is also the field that holds it. */
export const useSettings = <T>(path: string) =>
  useQuery({ queryKey: [path], queryFn: ({ signal }) => loadAll<T>(path, { field: path, signal }) })

/** And with it, perhaps, what a new workspace still lacks. */
export const changed = (path: string): void => {
  for (const key of [path, 'workspace']) void client.invalidateQueries({ queryKey: [key] })
}
