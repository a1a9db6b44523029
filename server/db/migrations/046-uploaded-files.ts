import type { Migration } from '../migrate.ts'

// Files that were uploaded for a message. Their bytes are in mail_pieces under their ids, until a message takes them over.
export const uploadedFiles: Migration = {
  name: '046-uploaded-files',
  statements: ({ key, int }) => [
    `create table uploaded_files (
       workspace_id ${key} not null,
       id ${key} not null,
       caller_id ${key} not null,
       name text not null,
       content_type text not null,
       size ${int} not null,
       hash ${key} not null,
       created_at ${key} not null,
       primary key (workspace_id, id))`,
    'create index uploaded_files_by_age on uploaded_files (created_at)',
  ],
}
