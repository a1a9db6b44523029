import type { Migration } from '../migrate.ts'

// FTS5 writes out what a transaction has for it when that is 8 MB instead of one: a large one is one segment, which is merged
// fewer times.
const largerHash = (name: string) => `insert into ${name}_terms (${name}_terms, rank) values ('hashsize', 8388608)`

export const searchSegments: Migration = {
  name: '021-search-segments',
  statements: () => [],
  only: { sqlite: ['contacts', 'conversations', 'messages'].map(largerHash) },
}
