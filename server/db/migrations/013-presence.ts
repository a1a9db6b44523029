import type { Migration } from '../migrate.ts'

// Who has which conversation before them. Good for some seconds only, so PostgreSQL need not log it.
const presenceTable = (kind: string, key: string) =>
  `create ${kind} presence (
     workspace_id ${key} not null,
     conversation_id ${key} not null,
     agent_id ${key} not null,
     state ${key} not null,
     seen_at ${key} not null,
     primary key (workspace_id, conversation_id, agent_id))`

export const presence: Migration = {
  name: '013-presence',
  statements: () => [],
  only: {
    sqlite: [presenceTable('table', 'text')],
    postgres: [presenceTable('unlogged table', 'text collate "C"')],
  },
}
