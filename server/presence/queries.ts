import type { Queries } from '../db/db.ts'
import { timeAfter } from '../db/spelling.ts'
import { sql } from '../db/sql.ts'
import type { PresenceState } from './schema.ts'

/** Whoever has said nothing for so long has gone, milliseconds. */
const silence = 15_000

interface Seen {
  conversationId: string
  agentId: string
}

export const setPresence = async (
  tx: Queries,
  workspaceId: string,
  { conversationId, agentId, state }: Seen & { state: PresenceState },
) => {
  // with those of everybody else who has gone
  await tx.run(
    sql`delete from presence where workspace_id = ${workspaceId}
          and (seen_at < ${timeAfter(tx, -silence)} or (conversation_id = ${conversationId} and agent_id = ${agentId}))`,
  )
  if (state === 'GONE') return
  await tx.run(
    sql`insert into presence (workspace_id, conversation_id, agent_id, state, seen_at)
        values (${workspaceId}, ${conversationId}, ${agentId}, ${state}, ${timeAfter(tx)})
        on conflict (workspace_id, conversation_id, agent_id) do update set state = excluded.state,
          seen_at = excluded.seen_at`,
  )
}

/** Who is there now, in a fixed order. */
export const listPresence = (db: Queries, workspaceId: string) =>
  db.many<{ conversationId: string; id: string; name: string; state: PresenceState }>(
    sql`select p.conversation_id as "conversationId", a.id, a.name, p.state from presence p
        join agents a on a.workspace_id = p.workspace_id and a.id = p.agent_id
        where p.workspace_id = ${workspaceId} and p.seen_at >= ${timeAfter(db, -silence)} order by p.conversation_id, a.id`,
  )
