import type { Migration } from '../migrate.ts'

// Where a file begins in the bytes that are stored of its message (mail_pieces); null for a part of a mail, which has to be
// taken apart for it.
export const files: Migration = {
  name: '015-files',
  statements: ({ int }) => [`alter table attachments add column begins_at ${int}`],
}
