import { createHash } from 'node:crypto'

const identifying = new Set(
  'message-id from to cc date subject content-type content-transfer-encoding content-disposition'.split(' '),
)

/**
 * One mail, one key, whether it can be taken apart or not: delivered twice, what was added on the way differs (Received
 * and the like), but neither who, when and what, nor the content. A Message-ID alone would not do: some programs give
 * all their mails the same one. Without any, the whole mail counts.
 */
export const mailKey = (raw: Uint8Array): string => {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  const text = bytes.toString('latin1').replaceAll('\r', '').trimEnd()
  const end = text.indexOf('\n\n')
  const headers = (end === -1 ? text : text.slice(0, end))
    .split(/\n(?![ \t])/)
    .filter((header) => identifying.has(header.slice(0, header.indexOf(':')).trim().toLowerCase()))
    .map((header) => header.replace(/\n[ \t]+/g, ' '))
  const hash = createHash('sha256')
  if (!headers.some((header) => /^message-id[ \t]*:/i.test(header))) return hash.update(text, 'latin1').digest('hex')
  return hash
    .update(JSON.stringify(headers))
    .update(end === -1 ? '' : text.slice(end), 'latin1')
    .digest('hex')
}
