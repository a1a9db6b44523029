import { useQuery } from '@tanstack/react-query'
import type { Agent } from '../../server/agents/schema.ts'
import { client } from '../client.ts'
import { loadAll } from '../pages.ts'

const queryKey = ['agents']

/** Everybody who answers, by id. */
export const useAgents = (): ReadonlyMap<string, Agent> =>
  useQuery({
    queryKey,
    queryFn: ({ signal }) => loadAll<Agent>('agents', { field: 'agents', signal }),
    select: byId,
  }).data ?? nobody

const nobody: ReadonlyMap<string, Agent> = new Map()
const byId = (agents: Agent[]): ReadonlyMap<string, Agent> => new Map(agents.map((agent) => [agent.id, agent]))

/** Somebody who has joined since the page was opened gets a name. */
export const meet = (agentId: string | null): void => {
  const known = client.getQueryData<Agent[]>(queryKey)
  if (agentId !== null && known && !known.some(({ id }) => id === agentId)) void client.invalidateQueries({ queryKey })
}
