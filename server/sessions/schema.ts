import { Type, type Static } from 'typebox'
import { agent, agentName } from '../agents/schema.ts'
import { anyPassword, newPassword } from '../agents/password.ts'
import { pageOf } from '../http/pages.ts'
import { email, id, nullable, oneOf, time } from '../http/schema.ts'

const session = Type.Object({ id: id('ses'), createdAt: time, expiresAt: time }, { title: 'Session' })
const workspace = Type.Object({ id: id('wrk'), name: Type.String({ examples: ['Support'] }) }, { title: 'Workspace' })

export const signedIn = Type.Object({
  session,
  agent: Type.Pick(agent, ['id', 'name', 'email', 'role'], { title: 'SignedInAgent' }),
  workspace,
})
export type SignedIn = Static<typeof signedIn>

export const sessions = Type.Object({
  sessions: pageOf(
    Type.Object(
      {
        ...session.properties,
        lastUsedAt: Type.String({ format: 'date-time', description: 'To the minute.' }),
        userAgent: Type.String(),
        isCurrent: Type.Boolean({ description: 'The session of this request.' }),
      },
      { title: 'ListedSession' },
    ),
  ),
})

export const signIn = Type.Object(
  {
    email,
    password: anyPassword,
    workspaceId: Type.Optional(
      id('wrk', { description: 'Where the address is an agent of several; the first one, unless said.' }),
    ),
  },
  { additionalProperties: false, title: 'Credentials' },
)

export const invitation = Type.Object({
  invitation: Type.Object(
    {
      kind: oneOf(['INVITATION', 'RESET'], { title: 'InvitationKind' }),
      email: nullable({ description: 'Null: whoever accepts says it.' }),
      name: Type.String(),
      workspace,
      expiresAt: time,
    },
    { title: 'FoundInvitation' },
  ),
})

export const acceptance = Type.Object(
  { password: newPassword, email: Type.Optional(email), name: Type.Optional(agentName) },
  { additionalProperties: false, title: 'Acceptance' },
)
export type Acceptance = Static<typeof acceptance>

export const changedPassword = Type.Object(
  { currentPassword: anyPassword, password: newPassword },
  { additionalProperties: false, title: 'ChangedPassword' },
)

export const resetWish = Type.Object({ email }, { additionalProperties: false, title: 'ResetWish' })
