import { Type, type Static } from 'typebox'
import { limits } from '../limits.ts'
import { pageOf } from '../http/pages.ts'
import { fields, type Field } from './columns.ts'
import { includable } from './left-out.ts'
import { id, line, nullable, nullableTime, oneOf, time } from '../http/schema.ts'

export const newImport = Type.Object(
  {
    name: line(limits.fileNameCharacters, {
      description: 'What the file is called, as archive.mbox.',
      examples: ['archive.mbox'],
    }),
    own: Type.Optional(
      Type.String({
        description: "Your team's addresses, with commas: mail from one of them went out, to a customer.",
      }),
    ),
    status: oneOf(['OPEN', 'CLOSED'], { default: 'CLOSED', description: 'Of the conversations.' }),
    include: Type.Optional(
      Type.String({
        description: `Mails that are otherwise left out, with commas: ${includable.join(', ')}.`,
      }),
    ),
    update: Type.Optional(
      oneOf(['true', 'false'], { description: 'Of a CSV: fill in what contacts that are there already have empty.' }),
    ),
    review: Type.Optional(
      oneOf(['true', 'false'], {
        description: 'Of a CSV: wait until its columns are confirmed, and store nothing before.',
      }),
    ),
  },
  { additionalProperties: false },
)

const field = oneOf([...fields], { title: 'ContactField' })

/** What each column of a CSV is. */
export const confirmedColumns = Type.Object(
  {
    columns: Type.Record(Type.String(), Type.Union([field, Type.Null()]), {
      description: 'Of each column by its name: what it is, or null where it is not to be used.',
    }),
    update: Type.Optional(Type.Boolean({ description: 'Fill in what contacts that are there already have empty.' })),
  },
  {
    additionalProperties: false,
    title: 'ConfirmedColumns',
    examples: [{ columns: { Address: 'email', Company: null } }],
  },
)

export type ConfirmedColumns = Static<typeof confirmedColumns>

const count = (description: string) => Type.Integer({ description })

const imported = Type.Object(
  {
    id: id('imp'),
    name: Type.String({ examples: ['archive.mbox'] }),
    kind: oneOf(['MBOX', 'MAIL', 'CSV'], { title: 'ImportKind' }),
    status: oneOf(['REVIEW', 'WAITING', 'RUNNING', 'DONE', 'FAILED'], { title: 'ImportStatus' }),
    reason: nullable({ description: 'Why it came to no end, or has to wait.' }),
    read: count('Mails or rows; `stored` + `alreadyThere` + `failed` + all of `leftOut`.'),
    stored: count('New ones.'),
    alreadyThere: count('Also what it had stored before it was started anew.'),
    failed: count('Not stored.'),
    leftOut: Type.Object(
      {
        deleted: count('Marked as deleted.'),
        draft: count('Never sent.'),
        spam: count('In a folder for spam.'),
        trash: count('In the trash.'),
        chat: count('Chats that Gmail keeps among the mails.'),
      },
      { description: 'Mails that were not to be imported.' },
    ),
    updated: count('Of `alreadyThere`: contacts that got what they lacked.'),
    contacts: count('New ones.'),
    conversations: count('New ones.'),
    bytesRead: count('Of `bytes`.'),
    bytes: count('The size of the file.'),
    problems: Type.Array(Type.Object({ where: Type.String(), why: Type.String() }, { title: 'ImportProblem' }), {
      description: `The first ${limits.importProblems}.`,
    }),
    unusedColumns: Type.Array(Type.String({ examples: ['Company'] }), { description: 'Of a CSV file.' }),
    columns: Type.Unsafe<{ name: string; field: Field | null; samples: string[] }[] | null>({
      type: ['array', 'null'],
      description:
        'Of a CSV file that waits for a review: each with what it seems to be and what its first rows have in it.',
      items: Type.Object(
        {
          name: Type.String({ examples: ['Address'] }),
          field: Type.Unsafe<Field | null>({ type: ['string', 'null'], enum: [...fields, null] }),
          samples: Type.Array(Type.String({ examples: ['jane@example.com'] })),
        },
        { title: 'ImportColumn' },
      ),
    }),
    createdAt: time,
    finishedAt: nullableTime,
  },
  { title: 'Import' },
)
export type Import = Static<typeof imported>

export const imports = Type.Object({ imports: pageOf(imported) })
export const oneImport = Type.Object({ import: imported })
