import type { Migration } from '../migrate.ts'

// conversations.others: the words of participants, by which it is found (server/search/people.ts).
// messages.addresses: JSON of whom a mail is from and went to (server/messages/addresses.ts); null where the message is no mail.
// participants: who takes part in a conversation besides its contact. removed_at: an agent took them off, replies leave them
// out. bounced_at: a mail to them could not be delivered. The partial index lists mails whose addresses have not been read yet.
export const participants: Migration = {
  name: '048-participants',
  statements: ({ key, clustered }) => [
    'alter table messages add column addresses text',
    "alter table conversations add column others text not null default ''",
    `create table participants (
       workspace_id ${key} not null references workspaces (id),
       conversation_id ${key} not null,
       email_key ${key} not null,
       address text not null,
       name text not null,
       role text not null,
       since text not null,
       removed_at text,
       bounced_at text,
       primary key (workspace_id, conversation_id, email_key)
     ) ${clustered}`,
    'create index participants_by_email on participants (workspace_id, email_key, conversation_id)',
    'create index messages_without_addresses on messages (seq) where addresses is null and mail_size is not null',
  ],
}
