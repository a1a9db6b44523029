import type { Migration } from '../migrate.ts'

// The answer that a POST with an Idempotency-Key was given, until it is a day old or its contact is erased.
export const answers: Migration = {
  name: '002-answers',
  statements: ({ key, int }) => [
    `create table answers (
       workspace_id ${key} not null,
       api_key_id ${key} not null references api_keys (id),
       idempotency_key ${key} not null,
       request_hash ${key} not null,
       contact_id ${key},
       status ${int} not null,
       body text not null,
       created_at ${key} not null,
       primary key (workspace_id, api_key_id, idempotency_key))`,
    `create index answers_by_age on answers (created_at)`,
    `create index answers_of_contact on answers (workspace_id, contact_id)`,
  ],
}
