import { Type, type Static } from 'typebox'
import { agent, agentName } from '../agents/schema.ts'
import { anyPassword, newPassword } from '../agents/password.ts'
import { pageOf } from '../http/pages.ts'
import { email, nullable, oneOf, time } from '../http/schema.ts'

const session = Type.Object({ id: Type.String(), createdAt: time, expiresAt: time })
const workspace = Type.Object({ id: Type.String(), name: Type.String() })

export const signedIn = Type.Object({
  session,
  agent: Type.Pick(agent, ['id', 'name', 'email', 'role']),
  workspace,
})
export type SignedIn = Static<typeof signedIn>

export const sessions = Type.Object({
  sessions: pageOf(
    Type.Object({
      ...session.properties,
      lastUsedAt: Type.String({ format: 'date-time', description: 'To the minute.' }),
      userAgent: Type.String(),
      isCurrent: Type.Boolean(),
    }),
  ),
})

export const signIn = Type.Object(
  {
    email,
    password: anyPassword,
    workspaceId: Type.Optional(
      Type.String({ description: 'Where the address is an agent of several; the first one, unless said.' }),
    ),
  },
  { additionalProperties: false },
)

export const invitation = Type.Object({
  invitation: Type.Object({
    kind: oneOf(['INVITATION', 'RESET']),
    email: nullable({ description: 'Null: whoever accepts says it.' }),
    name: Type.String(),
    workspace,
    expiresAt: time,
  }),
})

export const acceptance = Type.Object(
  { password: newPassword, email: Type.Optional(email), name: Type.Optional(agentName) },
  { additionalProperties: false },
)
export type Acceptance = Static<typeof acceptance>

export const changedPassword = Type.Object(
  { currentPassword: anyPassword, password: newPassword },
  { additionalProperties: false },
)

export const resetWish = Type.Object({ email }, { additionalProperties: false })
