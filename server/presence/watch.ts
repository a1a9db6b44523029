import type { Db } from '../db/db.ts'
import { poll } from '../http/poll.ts'
import { listPresence } from './queries.ts'

/** Milliseconds. */
const interval = 1000

export interface Present {
  conversationId: string
  agents: { id: string; name: string; state: string }[]
}

type Listener = (changed: Present[]) => void

export interface PresenceWatch {
  /** Calls `listener` with the conversations of which others are there than before; ends with what it resolves to. */
  watch(workspaceId: string, listener: Listener): () => void
  close(): void
}

interface Watcher {
  workspaceId: string
  listener: Listener
  /** What was told of each conversation. */
  told: Map<string, string>
}

/** By asking, as events are read, so that it also works through poolers and between processes. */
export const watchPresence = (db: Db): PresenceWatch => {
  const watchers = new Set<Watcher>()
  const looking = poll({
    every: interval,
    isWanted: () => watchers.size > 0,
    work: async () => {
      const workspaces = new Set([...watchers].map(({ workspaceId }) => workspaceId))
      for (const workspaceId of workspaces) {
        // while the database is away nobody comes and nobody goes
        const present = await presentIn(db, workspaceId).catch(() => undefined)
        for (const watcher of present ? watchers : []) if (watcher.workspaceId === workspaceId) tell(watcher, present!)
      }
    },
  })

  return {
    watch: (workspaceId, listener) => {
      const watcher = { workspaceId, listener, told: new Map() }
      watchers.add(watcher)
      looking.begin()
      return () => watchers.delete(watcher)
    },
    close: () => {
      looking.close()
      watchers.clear()
    },
  }
}

const presentIn = async (db: Db, workspaceId: string): Promise<Map<string, Present>> => {
  const present = new Map<string, Present>()
  for (const { conversationId, ...agent } of await listPresence(db, workspaceId)) {
    const conversation = present.get(conversationId) ?? { conversationId, agents: [] }
    conversation.agents.push(agent)
    present.set(conversationId, conversation)
  }
  return present
}

const tell = ({ told, listener }: Watcher, present: Map<string, Present>): void => {
  const changed: Present[] = []
  for (const [conversationId, conversation] of present) {
    const text = JSON.stringify(conversation.agents)
    if (told.get(conversationId) !== text) changed.push(conversation)
    told.set(conversationId, text)
  }
  for (const conversationId of told.keys())
    if (!present.has(conversationId)) {
      changed.push({ conversationId, agents: [] })
      told.delete(conversationId)
    }
  if (changed.length > 0) listener(changed)
}
