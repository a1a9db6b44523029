import type { Migration } from '../migrate.ts'

// Not only keys are counted by all processes together; what is in the table is forgotten within minutes.
export const rates: Migration = {
  name: '018-rates',
  statements: () => [],
  only: { postgres: ['alter table rate_counts rename column caller_id to name'] },
}
