/** The three things that are searched, named after their tables. */
export const searched = ['contacts', 'conversations', 'messages'] as const
export type Searched = (typeof searched)[number]

/** The index of one table with the terms of one version: server/search/indexes.ts. */
export interface Index {
  table: Searched
  version: number
}

/** What the table of an index is called. */
export const named = ({ table, version }: Index): string => `${table}_terms_${version}`
