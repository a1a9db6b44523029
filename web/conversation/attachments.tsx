import type { Attachment } from '../../server/messages/schema.ts'
import { inboxUrl } from '../api.ts'
import { Icon } from '../ui/icon.tsx'
import type { Shown } from './picture.tsx'

/** Never SVG: it is a document with scripts. */
const images = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'])

export const isImage = ({ contentType }: Attachment): boolean => images.has(contentType.toLowerCase())

export const attachmentUrl = (conversationId: string, messageId: string, { number }: Attachment): string =>
  inboxUrl(`/conversations/${conversationId}/messages/${messageId}/attachments/${number}`)

/** Whether its image stands in the text of its mail. */
export const isInline = (attachment: Attachment, html: string): boolean =>
  isImage(attachment) && html.includes(` src="attachment:${attachment.number}"`)

const units = ['B', 'KB', 'MB', 'GB']

export const sizeOf = (bytes: number): string => {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1)
  return `${(bytes / 1000 ** power).toLocaleString(undefined, { maximumFractionDigits: power === 0 ? 0 : 1 })} ${units[power]}`
}

interface Given {
  conversationId: string
  messageId: string
  attachments: Attachment[]
  hasPictures: boolean
  /** Shows an image large. */
  show(picture: Shown): void
}

/** Files to download; images may be shown as well. */
export const Attachments = ({ conversationId, messageId, attachments, hasPictures, show }: Given) =>
  attachments.length === 0 ? null : (
    <ul aria-label="Attachments" className="mt-3 flex flex-wrap gap-2">
      {attachments.map((attachment) => {
        const url = attachmentUrl(conversationId, messageId, attachment)
        return (
          <li
            key={attachment.number}
            className="max-w-64 overflow-hidden rounded-lg border border-line bg-surface hover:bg-hover"
          >
            {hasPictures && isImage(attachment) && (
              <button
                type="button"
                onClick={() => show({ url, name: attachment.name })}
                className="block w-full cursor-zoom-in"
              >
                <img
                  src={url}
                  alt={`Show ${attachment.name} large`}
                  loading="lazy"
                  className="h-36 w-full min-w-48 object-cover"
                />
              </button>
            )}
            <a href={url} download={attachment.name} className="flex items-center gap-2 px-3 py-1.5">
              <Icon name="clip" />
              <span dir="auto" className="truncate">
                {attachment.name}
              </span>
              <span className="text-sm whitespace-nowrap text-muted">{sizeOf(attachment.size)}</span>
            </a>
          </li>
        )
      })}
    </ul>
  )
