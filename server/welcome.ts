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

/** The first workspace and, where there was none, a key for it and a link for its first admin. */
export const firstStart = async (db: Db): Promise<First> => {
  const [known] = await listWorkspaces(db)
  if (known) return { ...again, workspace: known }
  return db.transaction(async (tx) => {
    await oneProcessAtATime(tx)
    const [another] = await listWorkspaces(tx)
    if (another) return { ...again, workspace: another }
    const workspace = await createWorkspace(tx, 'Support')
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

/** For programs; `key` and `signInUrl` are null but at the first start. */
export const greetingOf = ({ address, page, metrics, smtpPort, data, workspace, secret, invitation }: Greeting) => ({
  address,
  metrics: metrics ?? null,
  smtpPort: smtpPort ?? null,
  data,
  workspaceId: workspace.id,
  key: secret ?? null,
  signInUrl: invitation ? linkOf(page, invitation).url : null,
})

/** What the person at the terminal reads. */
export const welcome = (greeting: Greeting): string => {
  const { address, page, metrics, smtpPort, data, workspace, secret, invitation } = greeting
  const another = `npx support-inbox keys create --workspace ${workspace.id} --scope api_user`
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
  if (!secret) return [...head, `  API key     make one with: ${another}`, ''].join('\n')
  return [
    ...head,
    `  API key     ${secret}`,
    '              (shown this once; another: ' + another + ')',
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
