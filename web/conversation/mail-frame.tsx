import { useEffectEvent, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { Message } from '../../server/messages/schema.ts'
import { Button } from '../ui/button.tsx'
import { attachmentUrl, isImage } from './attachments.tsx'
import { largeImage, mailDocument } from './mail-document.ts'
import type { Shown } from './picture.tsx'

interface Given {
  conversationId: string
  message: Message
  author: string
  show(picture: Shown): void
}

/**
 * A mail in a frame of its own: no script runs in it, forms and navigation do nothing, links open elsewhere. It is of the
 * same origin, so that its size can be measured. One that is wider than the frame is made to fit.
 */
export const MailFrame = ({ conversationId, message, author, show }: Given) => {
  const frame = useRef<HTMLIFrameElement>(null)
  const [withRemote, setWithRemote] = useState(false)
  const [isOriginal, setOriginal] = useState(false)
  const [isWide, setWide] = useState(false)
  const { contentHtml, attachments, id } = message
  const { html, remote } = useMemo(
    () =>
      mailDocument({
        html: contentHtml ?? '',
        withRemote,
        imageOf: (number) => {
          const attachment = attachments.find((each) => each.number === number)
          return attachment && isImage(attachment) ? attachmentUrl(conversationId, id, attachment) : undefined
        },
      }),
    [conversationId, id, contentHtml, attachments, withRemote],
  )
  const fit = useEffectEvent(() => {
    const document = frame.current?.contentDocument
    if (document?.URL === 'about:srcdoc') setWide(fitTo(frame.current!, document, isOriginal))
  })
  const open = useEffectEvent((image: HTMLImageElement) => {
    const url = new URL(image.src).pathname
    const attachment = attachments.find((each) => attachmentUrl(conversationId, id, each) === url)
    if (attachment) show({ url, name: attachment.name })
  })
  useLayoutEffect(() => {
    const element = frame.current!
    const observer = new ResizeObserver(() => fit())
    const onLoad = () => {
      const document = element.contentDocument!
      observer.disconnect()
      observer.observe(document.documentElement)
      fit()
      passOn(document)
      document.addEventListener('click', ({ target }) => openIn(target))
      document.addEventListener('keydown', (event) => {
        if ((event.key === 'Enter' || event.key === ' ') && openIn(event.target)) event.preventDefault()
      })
    }
    const openIn = (target: EventTarget | null): boolean => {
      const image = (target as Element).closest<HTMLImageElement>(largeImage)
      if (image) open(image)
      return image !== null
    }
    const onFit = () => fit()
    element.addEventListener('load', onLoad)
    element.addEventListener('fit', onFit)
    element.srcdoc = html
    return () => {
      element.removeEventListener('load', onLoad)
      element.removeEventListener('fit', onFit)
      observer.disconnect()
    }
  }, [html])
  useLayoutEffect(() => fit(), [isOriginal])
  return (
    <>
      {remote > 0 && !withRemote && (
        <div className="mb-2 flex items-center justify-between gap-3 rounded-lg bg-hover px-3 py-1 text-sm text-muted print:hidden">
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
      {isWide && (
        <div className="mt-1 flex justify-end print:hidden">
          <Button look="bare" aria-pressed={isOriginal} onClick={() => setOriginal(!isOriginal)}>
            Original size
          </Button>
        </div>
      )}
    </>
  )
}

/** Makes the frame as high as its mail and, unless its original size is wanted, the mail as wide as the frame; resolves to whether it is wider. */
const fitTo = (frame: HTMLIFrameElement, { documentElement: root, body }: Document, isOriginal: boolean): boolean => {
  body.style.zoom = '1'
  const scale = root.clientWidth / root.scrollWidth
  const isWide = scale < 1
  if (isWide && !isOriginal) body.style.zoom = String(scale)
  const scrollBar = frame.clientHeight - root.clientHeight
  frame.style.height = `${Math.ceil(root.getBoundingClientRect().height) + scrollBar}px`
  return isWide
}

/** Keys work as they do outside of it, and what shows that somebody is there is seen. */
const passOn = (document: Document): void => {
  document.addEventListener('keydown', ({ key, ctrlKey, metaKey, altKey }) =>
    window.dispatchEvent(new KeyboardEvent('keydown', { key, ctrlKey, metaKey, altKey })),
  )
  for (const kind of ['pointerdown', 'wheel'] as const)
    document.addEventListener(kind, () => window.dispatchEvent(new Event(kind)), { passive: true })
}
