import { hashPassword, isPassword } from '../agents/password.ts'
import { takeInvitation } from '../agents/invitations.ts'
import { endAccess, findByEmail, holdAgent, isTaken, updateAgent } from '../agents/queries.ts'
import type { Db, Tx } from '../db/db.ts'
import { emailKey } from '../email-address.ts'
import { fail } from '../errors.ts'
import { endSessionOf, findSession, insertSession } from './queries.ts'
import type { Acceptance, SignedIn } from './schema.ts'

/** The browser that signs in, and the tokens of sessions that it sends already. */
export interface Browser {
  userAgent: string
  earlier: string[]
}

/** The token is for the browser's cookie. */
export type Opened = SignedIn & { token: string }

interface Credentials {
  email: string
  password: string
  workspaceId?: string
}

/** Throws `sign_in_failed` (401), after the same time whether somebody has the address or nobody. */
export const signIn = async (
  db: Db,
  browser: Browser,
  { email, password, workspaceId }: Credentials,
): Promise<Opened> => {
  const [found] = await findByEmail(db, emailKey(email), workspaceId)
  if (!(await isPassword(password, found?.passwordHash))) return fail('sign_in_failed')
  return db.transaction(async (tx) => {
    // it may have been disabled, or its password changed, while the password was being checked
    const agent = await holdAgent(tx, found!.id)
    if (agent?.status !== 'ACTIVE' || agent.passwordHash !== found!.passwordHash) fail('sign_in_failed')
    return openSession(tx, browser, found!)
  })
}

/** Chooses the password that a link is for. Of two who use it at once, the second is told `invitation_not_found` (404). */
export const accept = async (
  db: Db,
  browser: Browser,
  { token, password, name, email }: Acceptance & { token: string },
): Promise<Opened> => {
  const passwordHash = await hashPassword(password)
  return db.transaction(async (tx) => {
    const { agentId } = (await takeInvitation(tx, token)) ?? fail('invitation_not_found')
    const agent = await holdAgent(tx, agentId)
    if (!agent || agent.status === 'DISABLED') return fail('invitation_not_found')
    const { workspaceId } = agent
    const isUnknown = agent.email === null
    if (!isUnknown && (email !== undefined || name !== undefined))
      fail('invalid_request', { sentence: 'email and name are known: this link takes a password only.' })
    const address =
      (isUnknown ? email?.trim() : agent.email) ?? fail('invalid_request', { sentence: 'email is required.' })
    const key = emailKey(address)
    const ownName = name ?? agent.name
    if (await isTaken(tx, workspaceId, { id: agentId, emailKey: key })) fail('agent_email_taken')
    if (await isTaken(tx, workspaceId, { id: agentId, name: ownName })) fail('agent_name_taken')
    const known = { ...agent, email: address, emailKey: key, name: ownName }
    await updateAgent(tx, workspaceId, { ...known, passwordHash, status: 'ACTIVE' })
    await endAccess(tx, workspaceId, agentId)
    return openSession(tx, browser, agent)
  })
}

/** Ends every session of the agent and opens a new one for this browser. Throws `wrong_password` (403). */
export const changePassword = async (
  db: Db,
  browser: Browser,
  { agentId, currentPassword, password }: { agentId: string; currentPassword: string; password: string },
): Promise<Opened> => {
  const before = await db.transaction((tx) => holdAgent(tx, agentId))
  if (!(await isPassword(currentPassword, before?.passwordHash))) fail('wrong_password')
  const passwordHash = await hashPassword(password)
  return db.transaction(async (tx) => {
    const agent = (await holdAgent(tx, agentId)) ?? fail('agent_not_found')
    if (agent.status !== 'ACTIVE' || agent.passwordHash !== before!.passwordHash) fail('wrong_password')
    await updateAgent(tx, agent.workspaceId, { ...agent, passwordHash })
    await endAccess(tx, agent.workspaceId, agentId)
    return openSession(tx, browser, agent)
  })
}

/** Always a token that nobody knew before: one that somebody else put into the browser is worth nothing. */
const openSession = async (
  tx: Tx,
  { userAgent, earlier }: Browser,
  { id: agentId, workspaceId }: { id: string; workspaceId: string },
): Promise<Opened> => {
  for (const one of earlier) await endSessionOf(tx, one)
  const token = await insertSession(tx, { workspaceId, agentId, userAgent })
  return { ...(await findSession(tx, token))!, token }
}
