import { Type, type Static } from 'typebox'
import { limits } from '../limits.ts'
import { pageOf } from '../http/pages.ts'
import { email, line, nullable, oneOf, time } from '../http/schema.ts'

const role = oneOf(['ADMIN', 'AGENT'], { description: 'ADMIN: also settings, agents and keys.' })
export type Role = Static<typeof role>
export type AgentStatus = 'ACTIVE' | 'INVITED' | 'DISABLED'

export const agent = Type.Object({
  id: Type.String({ examples: ['agt_00Qq2aZkP1d8mXw5uVbT7cRe'] }),
  name: Type.String(),
  email: nullable({ description: 'What they sign in with; null where the agent only stands behind keys.' }),
  role,
  status: oneOf(['ACTIVE', 'INVITED', 'DISABLED'], { description: 'INVITED: has not chosen a password yet.' }),
})
export type Agent = Static<typeof agent>

export const agentName = line(limits.nameCharacters, { description: 'Of one agent of the workspace.' })

export const newAgent = Type.Object(
  { email, name: agentName, role: Type.Optional(role) },
  { additionalProperties: false },
)
export type NewAgent = Static<typeof newAgent>

export const agentChanges = Type.Object(
  {
    name: Type.Optional(agentName),
    role: Type.Optional(role),
    status: Type.Optional(oneOf(['ACTIVE', 'DISABLED'], { description: 'DISABLED: sessions end, keys are refused.' })),
  },
  { additionalProperties: false, minProperties: 1 },
)
export type AgentChanges = Static<typeof agentChanges>

const link = Type.Object({
  url: Type.String({ description: 'Shown this once: whoever has it chooses the password, and is signed in.' }),
  expiresAt: time,
})

export const agents = Type.Object({ agents: pageOf(agent) })
export const oneAgent = Type.Object({ agent })
export const invitedAgent = Type.Object({ agent, invitation: link })
