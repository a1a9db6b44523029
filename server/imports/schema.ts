import { Type, type Static } from 'typebox'
import { limits } from '../config.ts'
import { pageOf } from '../http/pages.ts'
import { line, nullable, nullableTime, oneOf, time } from '../http/schema.ts'

export const newImport = Type.Object(
  {
    name: line(limits.fileNameCharacters, { description: 'What the file is called, as archive.mbox.' }),
    own: Type.Optional(
      Type.String({
        description: "Your team's addresses, with commas: mail from one of them went out, to a customer.",
      }),
    ),
    status: oneOf(['OPEN', 'CLOSED'], { default: 'CLOSED', description: 'Of the conversations.' }),
  },
  { additionalProperties: false },
)

const count = (description: string) => Type.Integer({ description })

const imported = Type.Object({
  id: Type.String(),
  name: Type.String(),
  kind: oneOf(['MBOX', 'MAIL', 'CSV']),
  status: oneOf(['WAITING', 'RUNNING', 'DONE', 'FAILED']),
  reason: nullable({ description: 'Why it came to no end, or has to wait.' }),
  read: count('Mails or rows; `stored` + `alreadyThere` + `failed`.'),
  stored: count('New ones.'),
  alreadyThere: count('Also what it had stored before it was started anew.'),
  failed: count('Not stored.'),
  contacts: count('New ones.'),
  conversations: count('New ones.'),
  bytesRead: count('Of `bytes`.'),
  bytes: count('The size of the file.'),
  problems: Type.Array(Type.Object({ where: Type.String(), why: Type.String() }), {
    description: `The first ${limits.importProblems}.`,
  }),
  unusedColumns: Type.Array(Type.String(), { description: 'Of a CSV file.' }),
  createdAt: time,
  finishedAt: nullableTime,
})
export type Import = Static<typeof imported>

export const imports = Type.Object({ imports: pageOf(imported) })
export const oneImport = Type.Object({ import: imported })
