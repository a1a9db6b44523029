import { currentTime } from '../current-time.ts'
import { addInvitation, linkOf } from '../agents/invitations.ts'
import { holdAgent, type AgentRow } from '../agents/queries.ts'
import { firstEmailChannel } from '../channels/queries.ts'
import { limits } from '../limits.ts'
import type { Db } from '../db/db.ts'
import { NotYet, type Worker } from '../jobs/work.ts'
import { queueOf, serverOf, type Send } from './deliver.ts'

interface Options {
  db: Db
  send: Send
  /** Empty where it is not set up. */
  smtpUrl: string
  publicUrl: string
}

const nothing = async () => {}

/** Mails a link to choose another password with. The token is made when the mail is: it is kept nowhere. */
export const resetSender = ({ db, send, smtpUrl, publicUrl }: Options): Worker => ({
  waits: [60_000, 300_000, 900_000],
  // not behind the replies of everybody
  queueOf: async (db, { workspaceId }) => queueOf(await firstEmailChannel(db, workspaceId), 'resets'),
  run: async (job, signal) => {
    const agent = await db.transaction((tx) => holdAgent(tx, job.subjectId))
    const isStale = currentTime() - Date.parse(job.createdAt) > limits.resetLifetime
    if (isStale || agent?.status !== 'ACTIVE' || agent.email === null) return nothing
    // not by the host of the request: whoever asks for somebody else's link could choose where it leads
    if (publicUrl === '') throw new NotYet('Passwords are not reset by mail: PUBLIC_URL is not set (docs/agents.md).')
    const { workspaceId } = job
    const channel = await firstEmailChannel(db, workspaceId)
    const server = serverOf(channel, smtpUrl)
    if (!channel || server.url === '' || job.queue === '')
      throw new NotYet(`Passwords are not reset by mail: ${workspaceId} has no EMAIL channel that sends.`)
    const invitation = await db.transaction((tx) =>
      addInvitation(tx, { workspaceId, agentId: agent.id, kind: 'RESET' }),
    )
    const mail = {
      from: { name: channel.name, address: channel.email! },
      to: { name: agent.name, address: agent.email },
      subject: 'Choose a new password',
      text: textOf(agent, linkOf(publicUrl, invitation).url),
      headers: { 'Auto-Submitted': 'auto-generated' },
    }
    await send(server, mail, signal)
    return nothing
  },
  giveUp: () => nothing,
})

const textOf = ({ name }: AgentRow, url: string): string =>
  [
    `Hello ${name},`,
    '',
    'Somebody, probably you, wants to choose a new password for the support inbox. This link does it, once,',
    'within an hour:',
    '',
    url,
    '',
    'If it was not you, nothing has to be done: your password stays as it is.',
    '',
  ].join('\n')
