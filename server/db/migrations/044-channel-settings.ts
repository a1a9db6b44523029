import type { Migration } from '../migrate.ts'

// sender_name: whether replies by mail name the agent. greeting, color, position: how a chat looks on a site's pages; null: as
// the script has it. setup_ended_at: when the checklist of a new workspace was done or dismissed; a workspace in use has none.
export const channelSettings: Migration = {
  name: '044-channel-settings',
  statements: ({ key }) => [
    `alter table channels add column sender_name ${key} not null default 'AGENT'`,
    `alter table channels add column greeting text`,
    `alter table channels add column color ${key}`,
    `alter table channels add column position ${key}`,
    `alter table workspaces add column setup_ended_at ${key}`,
    `update workspaces set setup_ended_at = created_at
     where exists (select 1 from conversations v where v.workspace_id = workspaces.id)`,
  ],
}
