import { Type, type Static } from 'typebox'
import { oneOf } from '../http/schema.ts'

export const presenceState = oneOf(['VIEWING', 'WRITING', 'GONE'], { title: 'PresenceState' })
export type PresenceState = Static<typeof presenceState>

export const newPresence = Type.Object({ state: presenceState }, { additionalProperties: false, title: 'NewPresence' })
