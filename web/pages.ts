import type { InfiniteData } from '@tanstack/react-query'

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
