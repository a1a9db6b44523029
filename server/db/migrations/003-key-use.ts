import type { Migration } from '../migrate.ts'

export const keyUse: Migration = {
  name: '003-key-use',
  statements: ({ key }) => [`alter table api_keys add column last_used_at ${key}`],
}
