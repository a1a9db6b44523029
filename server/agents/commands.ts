import { Misuse, table, type Command, type Given } from '../command.ts'
import { Refusal } from '../config.ts'
import type { Db } from '../db/db.ts'
import { isEmail } from '../email-address.ts'
import { addressOf, hasNoAddress } from '../http/own-address.ts'
import { oneLine } from '../http/schema.ts'
import { withDatabase, workspaceOf } from '../with-database.ts'
import { addAgent, changeAgent } from './change.ts'
import { invite, linkOf } from './invitations.ts'
import { holdAgent, listAllAgents } from './queries.ts'
import type { Agent, NewAgent } from './schema.ts'

const workspace = { value: 'ID', help: 'The workspace (wrk_…).', isRequired: true }

const create: Command = {
  name: 'agents create',
  summary: 'Add somebody who answers. The link that lets them in is shown once.',
  options: {
    workspace,
    email: { value: 'ADDRESS', help: 'What they sign in with.', isRequired: true },
    name: { value: 'NAME', help: 'What colleagues and customers see.', isRequired: true },
    role: { value: 'ADMIN|AGENT', help: 'ADMIN: also settings, agents and keys. AGENT, unless given.' },
  },
  run: (given) =>
    withDatabase(given, async (db) => {
      const wanted = wantedOf(given)
      const { id: workspaceId } = await workspaceOf(db, given)
      const { agent, invitation } = await db.transaction(async (tx) => {
        const agent = await addAgent(tx, workspaceId, wanted)
        return { agent, invitation: await invite(tx, agent.id) }
      })
      return invited(given, { ...agent, workspaceId }, invitation)
    }),
}

const wantedOf = (given: Given): NewAgent => {
  const [email, name] = [given.text('email')!, given.text('name')!.trim()]
  if (!isEmail(email)) throw new Misuse(`--email ${email} is not an email address.`)
  if (!oneLine.test(name)) throw new Misuse('--name must be one line, and not blank.')
  const role = (['ADMIN', 'AGENT'] as const).find((known) => known === (given.text('role') ?? 'AGENT'))
  if (!role) throw new Misuse('--role must be ADMIN or AGENT.')
  return { email, name, role }
}

const list: Command = {
  name: 'agents list',
  summary: 'All agents: who can sign in, and who only stands behind keys.',
  options: { workspace: { ...workspace, isRequired: false } },
  run: (given) =>
    withDatabase(given, async (db) => {
      const workspaceId = given.text('workspace') === undefined ? undefined : (await workspaceOf(db, given)).id
      const agents = (await listAllAgents(db, workspaceId)).map(publicOf)
      const rows = agents.map(({ id, workspaceId, role, status, name, email }) => [
        id,
        workspaceId,
        role,
        status,
        name,
        email ?? '',
      ])
      return { json: { agents }, text: rows.length === 0 ? 'None yet.' : table(rows) }
    }),
}

const inviteOne: Command = {
  name: 'agents invite',
  words: ['ID'],
  summary: 'A new link for an agent: to come in, or to choose another password.',
  run: (given) =>
    withDatabase(given, async (db) => {
      const agent = await agentOf(db, given.words[0]!)
      return invited(given, agent, await db.transaction((tx) => invite(tx, agent.id)))
    }),
}

const disable: Command = {
  name: 'agents disable',
  words: ['ID'],
  summary: 'Shut somebody out, at once and on every running server; their keys are refused, too.',
  run: (given) =>
    withDatabase(given, async (db) => {
      const { id, workspaceId, name } = await agentOf(db, given.words[0]!)
      await db.transaction((tx) => changeAgent(tx, workspaceId, { id, changes: { status: 'DISABLED' } }))
      return { json: { id, status: 'DISABLED' }, text: `${id}  ${name} is disabled.` }
    }),
}

const agentOf = async (db: Db, id: string) => {
  const found = await db.transaction((tx) => holdAgent(tx, id))
  if (!found) throw new Refusal(`There is no agent ${id}: "agents list" shows them.`)
  return found
}

type Shown = Agent & { workspaceId: string }

const publicOf = ({ id, workspaceId, name, email, role, status }: Shown) => ({
  id,
  workspaceId,
  name,
  email,
  role,
  status,
})

const invited = (given: Given, agent: Shown, invitation: { token: string; expiresAt: string }) => {
  const { config } = given
  const isPath = hasNoAddress(config)
  const base = isPath ? '' : config.publicUrl || addressOf(config.host, config.port)
  const { url, expiresAt } = linkOf(base, invitation)
  return {
    json: { ...publicOf(agent), invitation: { url, expiresAt } },
    text: `${url}\n\n${isPath ? 'PUBLIC_URL is not set: put the address of your inbox in front of this path.\n' : ''}For ${agent.name}, once, until ${expiresAt}. It is not shown again.`,
  }
}

export const agentCommands = [create, list, inviteOne, disable]
