import { Type } from 'typebox'
import { id } from '../http/schema.ts'
import { limits } from '../limits.ts'

// For the description only: check.ts says what holds, in one way for everything that a form can be encoded as.

export const params = Type.Object({ channelId: id('chn', { description: 'The channel of the form.' }) })

const text = (maxLength: number, description?: string) =>
  Type.Optional(Type.String({ maxLength, ...(description ? { description } : {}) }))

const fields = {
  email: Type.String({ format: 'email', description: `At most ${limits.emailBytes} bytes.` }),
  message: Type.String({ maxLength: limits.formMessageCharacters }),
  name: text(limits.nameCharacters),
  subject: text(limits.subjectCharacters, 'Left out, it is the name of the channel.'),
  homepage: Type.Optional(Type.String({ description: 'For robots: must be empty. Hide it from people.' })),
  token: Type.Optional(Type.String({ description: 'Of our own page.' })),
}
const own = {
  additionalProperties: Type.String({
    maxLength: limits.formFieldCharacters,
    description: 'The fields of the channel, by their names.',
  }),
}
const plain = Type.Object(fields, {
  ...own,
  title: 'FormPost',
  examples: [{ email: 'jane@example.com', message: 'Hello' }],
})
const withFiles = Type.Object(
  {
    ...fields,
    files: Type.Optional(
      Type.Array(Type.Unsafe<unknown>({ type: 'string', format: 'binary' }), { maxItems: limits.uploadFiles }),
    ),
  },
  own,
)

export const form = {
  content: {
    'application/json': { schema: plain },
    'application/x-www-form-urlencoded': { schema: plain },
    'multipart/form-data': { schema: withFiles },
  },
}

export const receipt = Type.Object({ message: Type.Object({ id: id('msg') }) })
export const returned = Type.Null({ description: 'Browsers: to `returnTo`, or to the page that says thank you.' })
