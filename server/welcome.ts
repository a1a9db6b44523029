import { invite, linkOf } from './agents/invitations.ts'
import { insertAgent } from './agents/queries.ts'
import type { Db, Tx } from './db/db.ts'
import { oneProcessAtATime } from './db/locks.ts'
import { createKey } from './keys/create.ts'
import { createWorkspace, listWorkspaces, type Workspace } from './workspaces/queries.ts'

interface First {
  workspace: Workspace
  /** Only at the first start: neither can be shown again. */
  secret: string | undefined
  invitation: { token: string; expiresAt: string } | undefined
}

/**
 * The first workspace and, where there was none and secrets can be shown, a key for it and a link for its first admin: what
 * nobody has seen must not let anybody in.
 */
export const firstStart = async (db: Db, canShowSecrets: boolean): Promise<First> => {
  const [known] = await listWorkspaces(db)
  if (known) return { ...again, workspace: known }
  return db.transaction(async (tx) => {
    await oneProcessAtATime(tx)
    const [another] = await listWorkspaces(tx)
    if (another) return { ...again, workspace: another }
    const workspace = await createWorkspace(tx, 'Support')
    if (!canShowSecrets) return { ...again, workspace }
    const { secret } = await createKey(tx, { workspaceId: workspace.id, scope: 'api_user', name: 'first key' })
    return { workspace, secret, invitation: await inviteFirstAdmin(tx, workspace.id) }
  })
}

const again = { secret: undefined, invitation: undefined }
/** Whoever follows the link says who they are. */
export const inviteFirstAdmin = async (tx: Tx, workspaceId: string) => {
  const admin = await insertAgent(tx, workspaceId, firstAdmin)
  return invite(tx, admin!.id)
}

const firstAdmin = { name: 'Admin', email: null, emailKey: null, role: 'ADMIN', status: 'INVITED' } as const

type Greeting = First & {
  address: string
  /** What links begin with; empty where nobody has said it. */
  page: string
  metrics: string | undefined
  smtpPort: number | undefined
  data: string
}

/**
 * Says that the server is ready, and where. With --json on standard output, for the program that started it: `key` and
 * `signInUrl` are null but at the first start. Else on standard error, where it may end up in a journal: then without secrets.
 */
export const greet = (greeting: Greeting, asJson: boolean): void => {
  const { workspace, secret, invitation, page } = greeting
  const place = {
    address: greeting.address,
    metrics: greeting.metrics ?? null,
    smtpPort: greeting.smtpPort ?? null,
    data: greeting.data,
    workspaceId: workspace.id,
  }
  const signInUrl = invitation ? linkOf(page, invitation).url : null
  if (asJson) process.stdout.write(`${JSON.stringify({ ...place, key: secret ?? null, signInUrl })}\n`)
  else if (process.stderr.isTTY) process.stderr.write(`${welcome(greeting)}\n`)
  else process.stderr.write(`${JSON.stringify({ ...place, commands: commandsFor(workspace) })}\n`)
}

/** What lets a program and a person in. */
const commandsFor = ({ id }: Workspace) => ({
  keys: `npx support-inbox keys create --workspace ${id} --scope api_user`,
  agents: `npx support-inbox agents create --workspace ${id} --role ADMIN --email ADDRESS --name NAME`,
})

/** What the person at the terminal reads. */
const welcome = (greeting: Greeting): string => {
  const { address, page, metrics, smtpPort, data, workspace, secret, invitation } = greeting
  const { keys, agents } = commandsFor(workspace)
  const head = [
    '',
    `support-inbox is ready at ${address}`,
    '',
    `  Inbox       ${invitation ? linkOf(page, invitation).url : page || address}`,
    ...(invitation ? ['              (open it once, within 7 days: it makes you the first admin)'] : []),
    `  Reference   ${address}/docs`,
    ...(metrics ? [`  Metrics     ${metrics}`] : []),
    ...(smtpPort === undefined ? [] : [`  Mail        arrives on port ${smtpPort} (SMTP)`]),
    `  Data        ${data}`,
    `  Workspace   ${workspace.id}  ${workspace.name}`,
  ]
  if (!secret)
    return [...head, `  API key     make one with: ${keys}`, `  Admin       let one in with: ${agents}`, ''].join('\n')
  return [
    ...head,
    `  API key     ${secret}`,
    `              (shown this once; another: ${keys})`,
    '',
    ...curls(address, workspace.id, secret),
    '',
  ].join('\n')
}

const curls = (address: string, workspaceId: string, secret: string): string[] => {
  const inbox = `${address}/v1/workspaces/${workspaceId}/support/inbox`
  const key = `-H "Authorization: Bearer ${secret}"`
  const found = `$(curl -s "${inbox}/search?q=jane@example.com" ${key} | grep -o 'ctc_[0-9A-Za-z]*' | head -n 1)`
  return [
    'Create a contact:',
    `curl -s "${inbox}/contacts" ${key} -H "Content-Type: application/json" -d '{"email":"jane@example.com","name":"Jane Doe","phone":"+1-555-0123"}'`,
    '',
    'List all, each with the latest conversation:',
    `curl -s "${inbox}/customers?limit=10" ${key}`,
    '',
    'Get the one you made:',
    `curl -s "${inbox}/contacts/${found}" ${key}`,
    '',
    'Search contacts, conversations and messages:',
    `curl -s "${inbox}/search?q=jane&limit=5" ${key}`,
  ]
}
