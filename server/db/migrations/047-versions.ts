import type { Migration } from '../migrate.ts'

const versioned = ['contacts', 'conversations', 'channels', 'agents', 'saved_replies']
const followed = ['contacts', 'conversations']

// version: raised by what people edit, and not by what arrives. changed_at: when something else changed than that its newest
// message came; nothing is written to it, or to its index, for a message that arrives.
export const versions: Migration = {
  name: '047-versions',
  statements: ({ key, int }) => [
    ...versioned.map((name) => `alter table ${name} add column version ${int} not null default 1`),
    ...followed.flatMap((name) => [
      `alter table ${name} add column changed_at ${key}`,
      `create index ${name}_by_change on ${name} (workspace_id, changed_at) where changed_at is not null`,
    ]),
  ],
}
