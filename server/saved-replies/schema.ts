import { Type, type Static } from 'typebox'
import { limits } from '../limits.ts'
import { pageOf } from '../http/pages.ts'
import { id, line } from '../http/schema.ts'

const shortcut = Type.String({
  pattern: `^[a-z0-9][a-z0-9-]{0,${limits.shortcutCharacters - 1}}$`,
  'x-rule': `must be at most ${limits.shortcutCharacters} small letters, digits and -`,
  description: 'What is typed after a slash; of one saved reply of the workspace.',
})
const title = line(limits.nameCharacters)
const contentText = Type.String({ pattern: String.raw`\S`, 'x-rule': 'must not be blank' })

const savedReply = Type.Object(
  {
    id: id('rpl'),
    shortcut: Type.String(),
    title: Type.String(),
    contentText: Type.String(),
  },
  { title: 'SavedReply' },
)
export type SavedReply = Static<typeof savedReply>

export const newSavedReply = Type.Object(
  { shortcut, title, contentText },
  { additionalProperties: false, title: 'NewSavedReply' },
)
export type NewSavedReply = Static<typeof newSavedReply>

export const savedReplyChanges = Type.Object(
  { shortcut: Type.Optional(shortcut), title: Type.Optional(title), contentText: Type.Optional(contentText) },
  { additionalProperties: false, minProperties: 1, title: 'SavedReplyChanges' },
)

export const savedReplies = Type.Object({ savedReplies: pageOf(savedReply) })
export const oneSavedReply = Type.Object({ savedReply })
