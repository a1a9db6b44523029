import { useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { Message } from '../../server/messages/schema.ts'
import { Button } from '../ui/button.tsx'
import { attachmentUrl, isImage } from './attachments.tsx'
import { mailDocument } from './mail-document.ts'

interface Given {
  conversationId: string
  message: Message
  author: string
}

/**
 * A mail in a frame of its own: no script runs in it, forms and navigation do nothing, links open elsewhere. It is of the
 * same origin, so that its height can be measured.
 */
export const MailFrame = ({ conversationId, message, author }: Given) => {
  const frame = useRef<HTMLIFrameElement>(null)
  const [withRemote, setWithRemote] = useState(false)
  const { html, remote } = useMemo(
    () =>
      mailDocument({
        html: message.contentHtml ?? '',
        withRemote,
        imageOf: (number) => {
          const attachment = message.attachments.find((each) => each.number === number)
          return attachment && isImage(attachment) ? attachmentUrl(conversationId, message.id, attachment) : undefined
        },
      }),
    [conversationId, message, withRemote],
  )
  useLayoutEffect(() => {
    const element = frame.current!
    let observer: ResizeObserver | undefined
    const onLoad = () => {
      const { body } = element.contentDocument!
      const fit = () => (element.style.height = `${Math.ceil(body.getBoundingClientRect().height)}px`)
      observer?.disconnect()
      observer = new ResizeObserver(fit)
      observer.observe(body)
      fit()
      element.contentDocument!.addEventListener('keydown', keyInFrame)
    }
    element.addEventListener('load', onLoad)
    element.srcdoc = html
    return () => {
      element.removeEventListener('load', onLoad)
      observer?.disconnect()
    }
  }, [html])
  return (
    <>
      {remote > 0 && !withRemote && (
        <div className="mb-2 flex items-center justify-between gap-3 rounded-lg bg-hover px-3 py-1 text-sm text-muted">
          Images from elsewhere are not loaded: they would tell the sender that you read this.
          <Button look="bare" onClick={() => setWithRemote(true)}>
            Show images
          </Button>
        </div>
      )}
      <iframe
        ref={frame}
        title={`Mail of ${author}`}
        sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
        className="block h-6 w-full"
      />
    </>
  )
}

/** Keys work as they do outside of it. */
const keyInFrame = ({ key, ctrlKey, metaKey, altKey }: KeyboardEvent) =>
  void window.dispatchEvent(new KeyboardEvent('keydown', { key, ctrlKey, metaKey, altKey }))
