import { limits } from '../limits.ts'
import { charsetOfHtml, decode } from './charset.ts'
import { decodeWords } from './encoded-words.ts'
import { unflowed } from './flowed.ts'
import { fieldOf, type Header, parametersOf, readHeaders } from './headers.ts'
import { unpackTnef } from './tnef.ts'
import { decodeTransfer } from './transfer.ts'
import { type Part, treeOf } from './tree.ts'
import { uudecode } from './uuencode.ts'

interface Attachment {
  filename: string
  /** In small letters. */
  mimeType: string
  contentId?: string | undefined
  content: Buffer
}

/** A text in one form or two. */
export interface Block {
  plain: string
  html: string
}

export interface Email {
  headers: Header[]
  blocks: Block[]
  /** What is in plain text. */
  text: string
  attachments: Attachment[]
}

/** Mails in mails whose text is read. */
const maxDepth = 10
const reportTypes = new Set(['message/delivery-status', 'message/global-delivery-status', 'message/feedback-report'])
const messageTypes = new Set(['message/rfc822', 'message/global'])
const begin = Buffer.from('begin')

/** A mail, taken apart. Throws where it is nested too deep or its headers are too large. */
export const readEmail = (raw: Buffer, depth = 0): Email => {
  const tree = treeOf(raw)
  const [blocks, attachments]: [Block[], Attachment[]] = [[], []]
  const isReport = hasReport(tree)

  const visit = (part: Part, alternative?: Block): void => {
    if (part.parts.length > 0) {
      const block = alternative ?? (part.type === 'multipart/alternative' ? newBlock() : undefined)
      for (const child of part.parts) visit(child, block)
      return
    }
    const disposition = parametersOf(fieldOf(part.headers, 'content-disposition'))
    const content = decodeTransfer(part.body, fieldOf(part.headers, 'content-transfer-encoding') ?? '')
    const isFile = disposition.value === 'attachment'
    if (!isFile && part.type === 'text/plain') addPlain(part, content, alternative)
    else if (!isFile && part.type === 'text/html') {
      const html = decode(content, part.parameters.of('charset'), charsetOfHtml(content))
      append(alternative ?? newBlock(), 'html', html)
    } else {
      const filename = disposition.of('filename') ?? part.parameters.of('name') ?? ''
      const contentId = fieldOf(part.headers, 'content-id')
      addFile({ filename, mimeType: part.type, contentId, content })
      if (messageTypes.has(part.type) && !isFile && !isReport) addMessage(content)
    }
  }

  const newBlock = (): Block => {
    const block = { plain: '', html: '' }
    blocks.push(block)
    return block
  }

  const addPlain = (part: Part, content: Buffer, alternative?: Block): void => {
    const { bytes, files } = withoutEncodedFiles(content)
    const text = decode(bytes, part.parameters.of('charset'))
    const isFlowed = /^flowed$/i.test(part.parameters.of('format') ?? '')
    const deletesSpace = /^yes$/i.test(part.parameters.of('delsp') ?? '')
    append(alternative ?? newBlock(), 'plain', isFlowed ? unflowed(text, deletesSpace) : text)
    for (const file of files) attachments.push(file)
  }

  const addFile = (file: Attachment): void => {
    const isTnef = file.mimeType === 'application/ms-tnef' || /^winmail\.dat$/i.test(file.filename)
    const unpacked = isTnef ? unpackTnef(file.content) : null
    if (!unpacked || (unpacked.files.length === 0 && unpacked.text === '' && unpacked.html === ''))
      attachments.push(messageTypes.has(file.mimeType) ? { ...file, filename: messageName(file) } : file)
    else {
      for (const { name, contentType, ...rest } of unpacked.files)
        attachments.push({ filename: name, mimeType: contentType, ...rest })
      // the same text, once more, where there is one already
      if (!blocks.some(({ plain, html }) => `${plain}${html}`.trim() !== ''))
        blocks.push({ plain: unpacked.text, html: unpacked.html })
    }
  }

  const addMessage = (content: Buffer): void => {
    if (depth < maxDepth) blocks.push(...blocksOfMessage(content, depth + 1))
  }

  visit(tree)
  const text = blocks.map(({ plain }) => plain).filter((plain) => plain.trim() !== '')
  return { headers: tree.headers, blocks, text: text.join('\n\n'), attachments }
}

const hasReport = ({ type, parts }: Part): boolean => reportTypes.has(type) || parts.some(hasReport)

const append = (block: Block, kind: 'plain' | 'html', text: string): void => {
  block[kind] = block[kind] === '' ? text : `${block[kind].trimEnd()}\n\n${text}`
}

/** A text part may have files in it, as they were sent before MIME. */
const withoutEncodedFiles = (content: Buffer): { bytes: Buffer; files: Attachment[] } => {
  if (!content.includes(begin)) return { bytes: content, files: [] }
  const encoded = uudecode(content.toString('latin1'))
  const kept: Buffer[] = []
  let end = 0
  for (const file of encoded) {
    kept.push(content.subarray(end, file.start))
    end = file.end
  }
  return {
    bytes: encoded.length === 0 ? content : Buffer.concat([...kept, content.subarray(end)]),
    files: encoded.map(({ name, content }) => ({
      filename: decodeWords(name),
      mimeType: 'application/octet-stream',
      content,
    })),
  }
}

/** Without .eml, no program would open it. */
const messageName = ({ filename, content }: Attachment): string => {
  if (filename !== '') return /\.(?:eml|msg)$/i.test(filename) ? filename : `${filename}.eml`
  const { headers } = readHeaders(content, 0, Math.min(content.length, limits.mailHeaderBytes))
  const subject = decodeWords(fieldOf(headers, 'subject') ?? '').trim()
  return `${subject.replace(/[/\\]/g, '-') || 'message'}.eml`
}

const shown = ['from', 'subject', 'date', 'to', 'cc']

/** The text of a mail that was forwarded as a part, below its most important fields. */
const blocksOfMessage = (content: Buffer, depth: number): Block[] => {
  try {
    const { headers, blocks } = readEmail(content, depth)
    const fields = shown.flatMap((key) => {
      const value = decodeWords(fieldOf(headers, key) ?? '')
      return value === '' ? [] : [`${key[0]!.toUpperCase()}${key.slice(1)}: ${value}`]
    })
    return [{ plain: fields.join('\n'), html: '' }, ...blocks]
  } catch {
    return []
  }
}
