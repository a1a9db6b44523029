import type { Migration } from '../migrate.ts'

// xact is the number of the transaction that wrote the row (always 0 on SQLite): several processes draw seqs in one
// order and commit in another, so a reader goes by (xact, seq) and stops below the oldest transaction that is still open.
export const events: Migration = {
  name: '007-events',
  statements: ({ key, int, counter }) => [
    `create table events (
       seq ${counter},
       workspace_id ${key} not null references workspaces (id),
       xact ${int} not null,
       kind ${key} not null,
       contact_id ${key},
       conversation_id ${key},
       message_id ${key},
       created_at ${key} not null)`,
    `create index events_in_order on events (workspace_id, xact, seq)`,
    `create index events_of_contact on events (workspace_id, contact_id)`,
    `create index events_by_transaction on events (xact) where xact > 0`,
  ],
}
