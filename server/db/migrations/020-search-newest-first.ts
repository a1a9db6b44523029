import type { Migration } from '../migrate.ts'

// The search index of SQLite lists the newest row first: its rowid is 2^53 - 1 less the row's seq.
const newestFirst = (name: string) => [
  `create table reordered as select doc, group_concat(term, ' ') as terms from ${name}_vocabulary group by doc`,
  `insert into ${name}_terms (${name}_terms) values ('delete-all')`,
  `insert into ${name}_terms (rowid, terms) select 9007199254740991 - doc, terms from reordered order by doc desc`,
  'drop table reordered',
]

export const searchNewestFirst: Migration = {
  name: '020-search-newest-first',
  statements: () => [],
  only: { sqlite: ['contacts', 'conversations', 'messages'].flatMap(newestFirst) },
  tells: {
    sqlite:
      'The search index is put into another order. It takes about a minute for a million messages, and as much disk again as the index has until the end.',
  },
}
