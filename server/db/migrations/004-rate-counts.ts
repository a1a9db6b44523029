import type { Migration } from '../migrate.ts'

// What each process has admitted of each API key, told to the others once a second. Only where there can be others;
// unlogged, because after a crash of the database everybody begins again.
export const rateCounts: Migration = {
  name: '004-rate-counts',
  statements: () => [],
  only: {
    postgres: [
      `create unlogged table rate_counts (
         process_id text collate "C" not null,
         api_key_id text collate "C" not null,
         admitted bigint not null,
         updated_at text collate "C" not null,
         primary key (process_id, api_key_id))`,
    ],
  },
}
