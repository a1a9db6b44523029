import type { Migration } from '../migrate.ts'

// from_name, from_email: what From says, where that is not the contact. reply_to: of an INBOUND message where its answer is to
// go, of an OUTBOUND one where it goes; null: to the contact. former_contact_id: whose a conversation was before it first
// moved; reply tokens that were sent before then name that contact.
export const authors: Migration = {
  name: '034-authors',
  statements: ({ key, int }) => [
    'alter table messages add column from_name text',
    'alter table messages add column from_email text',
    'alter table messages add column reply_to text',
    `alter table messages add column claims_to_be_ours ${int} not null default 0`,
    `alter table channels add column plus_addresses ${int} not null default 1`,
    `alter table conversations add column former_contact_id ${key}`,
  ],
}
