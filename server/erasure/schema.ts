import { type Static, Type } from 'typebox'
import { pageOf } from '../http/pages.ts'
import { id, nullable, time } from '../http/schema.ts'

const erasure = Type.Object(
  {
    id: id('era'),
    erasedAt: time,
    scrubbedAt: nullable({
      format: 'date-time',
      description: 'When the bytes of the files had nothing of it any more; null before, and always on PostgreSQL.',
    }),
  },
  { title: 'Erasure' },
)
export type Erasure = Static<typeof erasure>

export const erasures = Type.Object({ erasures: pageOf(erasure) })
export const oneErasure = Type.Object({ erasure })
