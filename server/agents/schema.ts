import { Type, type Static } from 'typebox'
import { limits } from '../limits.ts'
import { pageOf } from '../http/pages.ts'
import { email, id, line, nullable, oneOf, time } from '../http/schema.ts'

const role = oneOf(['ADMIN', 'AGENT'], { title: 'Role', description: 'ADMIN: also settings, agents and keys.' })
export type Role = Static<typeof role>
export type AgentStatus = 'ACTIVE' | 'INVITED' | 'DISABLED'

export const agent = Type.Object(
  {
    id: id('agt'),
    name: Type.String({ examples: ['Ada'] }),
    email: nullable({
      description: 'What they sign in with; null where the agent only stands behind keys.',
      examples: ['ada@team.example'],
    }),
    role,
    status: oneOf(['ACTIVE', 'INVITED', 'DISABLED'], {
      title: 'AgentStatus',
      description: 'INVITED: has not chosen a password yet.',
    }),
  },
  { title: 'Agent' },
)
export type Agent = Static<typeof agent>

export const agentName = line(limits.nameCharacters, {
  description: 'Of one agent of the workspace.',
  examples: ['Ada'],
})

export const newAgent = Type.Object(
  { email, name: agentName, role: Type.Optional(role) },
  { additionalProperties: false, title: 'NewAgent' },
)
export type NewAgent = Static<typeof newAgent>

export const agentChanges = Type.Object(
  {
    name: Type.Optional(agentName),
    role: Type.Optional(role),
    status: Type.Optional(oneOf(['ACTIVE', 'DISABLED'], { description: 'DISABLED: sessions end, keys are refused.' })),
  },
  { additionalProperties: false, minProperties: 1, title: 'AgentChanges' },
)
export type AgentChanges = Static<typeof agentChanges>

const link = Type.Object(
  {
    url: Type.String({ description: 'Shown this once: whoever has it chooses the password, and is signed in.' }),
    expiresAt: time,
  },
  { title: 'Invitation' },
)

export const agents = Type.Object({ agents: pageOf(agent) })
export const oneAgent = Type.Object({ agent })
export const invitedAgent = Type.Object({ agent, invitation: link })
