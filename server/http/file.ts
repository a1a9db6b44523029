import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import type { Readable } from 'node:stream'
import { Pieces } from './pieces.ts'

/** For the description of a route that answers with a file. */
export const fileReply = (contentType: string) => ({
  200: {
    description: 'The file.',
    content: { [contentType]: { schema: Type.Unsafe<Buffer | Readable>({ type: 'string', format: 'binary' }) } },
  },
})

interface File {
  name: string
  contentType: string
  content: Buffer | AsyncIterable<Uint8Array>
  size: number
}

/** Always a download, whatever a stranger called it (RFC 6266). */
export const sendFile = (reply: FastifyReply, { name, contentType, content, size }: File) => {
  const plain = name.replace(/[^\w .()-]/g, '_')
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return reply
    .header('content-type', contentType)
    .header('content-length', String(size))
    .header('content-disposition', `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`)
    .send(Buffer.isBuffer(content) ? content : new Pieces(content, reply.raw))
}
