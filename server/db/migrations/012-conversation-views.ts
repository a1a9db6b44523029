import type { Migration } from '../migrate.ts'

// What an agent looks at: one's own, nobody's, the unread ones; and how many there are of each.
export const conversationViews: Migration = {
  name: '012-conversation-views',
  statements: () => [
    `create index conversations_by_agent on conversations (workspace_id, assigned_to_id, status, activity_at, id)`,
    `create index conversations_unread on conversations (workspace_id, activity_at, id, status) where unread_count > 0`,
  ],
}
