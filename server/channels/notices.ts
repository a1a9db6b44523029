import type { Db } from '../db/db.ts'
import { listDomains } from './domains.ts'
import { listTagged } from './queries.ts'
import { isReserved } from './reserved.ts'

/** What the operator has to decide, a line each. */
export const noticesOf = async (db: Db): Promise<string[]> => {
  const reserved = (await listTagged(db)).filter(({ email }) => isReserved(email!))
  const shared = (await listDomains(db)).filter(({ reason }) => reason === 'SHARED')
  return [
    ...reserved.map(
      ({ id, workspaceId, email }) =>
        `The channel ${id} of the workspace ${workspaceId} has an address in the form of a reply address (${email}), which may take other people's answers. Change it (PATCH /channels/${id}) or close it: npx support-inbox channels delete ${id}`,
    ),
    ...shared.map(
      ({ domain, workspaceId }) =>
        `The workspace ${workspaceId} has addresses at ${domain}, as another workspace does. Keep it so: npx support-inbox domains allow ${domain} --workspace ${workspaceId}. Or not: npx support-inbox domains remove ${domain} --workspace ${workspaceId}`,
    ),
  ]
}
