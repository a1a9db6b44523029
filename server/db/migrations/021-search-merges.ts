import type { Migration } from '../migrate.ts'

// FTS5 merges eight segments at once instead of four, and writes out what a transaction has for it when that is 8 MB instead
// of one: what is written is merged fewer times.
const mergedLess = (name: string) => [
  `insert into ${name}_terms (${name}_terms, rank) values ('automerge', 8)`,
  `insert into ${name}_terms (${name}_terms, rank) values ('hashsize', 8388608)`,
]

export const searchMerges: Migration = {
  name: '021-search-merges',
  statements: () => [],
  only: { sqlite: ['contacts', 'conversations', 'messages'].flatMap(mergedLess) },
}
