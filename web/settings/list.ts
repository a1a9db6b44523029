import { useQuery } from '@tanstack/react-query'
import { get } from '../api.ts'
import { client } from '../client.ts'
import type { Page } from '../pages.ts'

/** A short list of the settings, whole; its path is also the field that holds it. */
export const useSettings = <T>(path: string) =>
  useQuery({
    queryKey: [path],
    queryFn: async ({ signal }) => (await get<Record<string, Page<T>>>(`/${path}?limit=100`, signal))[path]!.items,
  })

export const changed = (path: string): void => void client.invalidateQueries({ queryKey: [path] })
