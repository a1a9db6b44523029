import type { Migration } from '../migrate.ts'

const tables = ['contacts', 'conversations', 'channels', 'agents', 'saved_replies']

// version: raised by what people edit, and not by what arrives.
export const versions: Migration = {
  name: '047-versions',
  statements: ({ int }) => tables.map((name) => `alter table ${name} add column version ${int} not null default 1`),
}
