import { useQuery } from '@tanstack/react-query'
import type { Setup, WorkspaceChanges, WorkspaceSettings } from '../../server/workspaces/schema.ts'
import { get, patch } from '../api.ts'
import { client } from '../client.ts'
import { useMe } from '../session/session.ts'

interface Answer {
  workspace: WorkspaceSettings
}

/** What a new workspace still lacks, for admins; null for everybody else, and once it is done or dismissed. */
export const useSetup = (): Setup | null =>
  useQuery({
    queryKey: ['workspace'],
    queryFn: async ({ signal }) => (await get<Answer>('/workspace', signal)).workspace,
    enabled: useMe().isAdmin,
  }).data?.setup ?? null

export const changeWorkspace = async (changes: WorkspaceChanges): Promise<void> => {
  const { workspace } = await patch<Answer>('/workspace', changes)
  client.setQueryData(['workspace'], workspace)
}
