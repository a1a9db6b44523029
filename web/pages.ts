import type { InfiniteData } from '@tanstack/react-query'
import { get, query } from './api.ts'

/** A page of a list, as the API answers it. */
export interface Page<T> {
  items: T[]
  hasMore: boolean
  cursor: string | null
}

export type Pages<T> = InfiniteData<Page<T>>

export const itemsOf = <T>(pages: Pages<T> | undefined): T[] => pages?.pages.flatMap(({ items }) => items) ?? []

/** What every list is asked with. */
export const paged = {
  initialPageParam: undefined as string | undefined,
  getNextPageParam: ({ cursor }: Page<unknown>) => cursor ?? undefined,
}

/** A list that is never long, whole. */
export const loadAll = async <T>(path: string, { field, signal }: { field: string; signal: AbortSignal }) => {
  const items: T[] = []
  let cursor: string | undefined
  do {
    const answer = await get<Record<string, Page<T>>>(`/${path}${query({ limit: 100, cursor })}`, signal)
    items.push(...answer[field]!.items)
    cursor = answer[field]!.cursor ?? undefined
  } while (cursor !== undefined)
  return items
}
