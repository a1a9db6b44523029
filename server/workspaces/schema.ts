import { Type, type Static } from 'typebox'
import { id, line } from '../http/schema.ts'
import { limits } from '../limits.ts'

const name = line(limits.nameCharacters, { description: 'What the team calls it. Customers do not see it.' })

const setup = Type.Object(
  {
    hasChannel: Type.Boolean(),
    hasMessage: Type.Boolean({ description: 'A customer, or a test, has written by mail, chat or form.' }),
    hasColleague: Type.Boolean(),
    hasImport: Type.Boolean(),
  },
  { title: 'WorkspaceSetup' },
)
export type Setup = Static<typeof setup>

const workspace = Type.Object(
  {
    id: id('wrk'),
    name: Type.String({ examples: ['Support'] }),
    setup: Type.Unsafe<Setup | null>({
      ...setup,
      type: ['object', 'null'],
      description: 'What a new workspace still lacks; null once that is done or dismissed.',
    }),
  },
  { title: 'WorkspaceSettings' },
)
export type WorkspaceSettings = Static<typeof workspace>

export const oneWorkspace = Type.Object({ workspace })

export const workspaceChanges = Type.Object(
  {
    name: Type.Optional(name),
    isSetUp: Type.Optional(
      Type.Literal(true, { 'x-rule': 'must be true', description: 'Ends the checklist of a new workspace for good.' }),
    ),
  },
  { additionalProperties: false, minProperties: 1, title: 'WorkspaceChanges' },
)
export type WorkspaceChanges = Static<typeof workspaceChanges>
