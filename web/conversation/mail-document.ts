import { cleanStyle } from '../../server/mime/styles.ts'
import { foldQuoted } from './quoted.ts'
import styleUrl from './mail.css?url'

/** What a page that takes no strings for HTML (Trusted Types) is given: this file makes all of it. */
interface TrustedHtml {
  createHTML(html: string): string
}

declare global {
  interface Window {
    trustedTypes?: { createPolicy(name: string, rules: TrustedHtml): TrustedHtml }
  }
}

const trusted: TrustedHtml = window.trustedTypes?.createPolicy('mail', { createHTML: (html) => html }) ?? {
  createHTML: (html) => html,
}

export interface Shown {
  html: string
  /** Of images that are elsewhere, and load only when an agent asks for them. */
  remote: number
}

interface Given {
  html: string
  /** Where the image of an attachment is, if it is one that may be shown. */
  imageOf(number: number): string | undefined
  withRemote: boolean
}

/**
 * A mail as a document of its own for a frame without scripts. The server has cleaned it; whatever it has missed is
 * stopped here once more: the document's own policy loads no more than its style sheet and the images that are asked for.
 */
export const mailDocument = ({ html, imageOf, withRemote }: Given): Shown => {
  const mail = new DOMParser().parseFromString(trusted.createHTML(html), 'text/html')
  // <img name="body"> would stand in the place of the document's own
  for (const named of Document.prototype.querySelectorAll.call(mail, '[id], [name]')) {
    named.removeAttribute('id')
    named.removeAttribute('name')
  }
  // a policy does not stop what only hints at other addresses
  for (const hint of mail.querySelectorAll('link, meta, base, style')) hint.remove()
  for (const styled of mail.querySelectorAll('[style]'))
    styled.setAttribute('style', cleanStyle(styled.getAttribute('style')!, styled.localName))
  let remote = 0
  for (const image of mail.querySelectorAll('img')) {
    const source = image.getAttribute('src') ?? ''
    const [, number] = /^attachment:(\d+)$/.exec(source) ?? []
    const own = number === undefined ? undefined : imageOf(Number(number))
    if (own !== undefined) showLarge(image, own)
    else if (/^https?:/i.test(source)) {
      remote++
      if (!withRemote) image.removeAttribute('src')
    } else image.removeAttribute('src')
    image.removeAttribute('srcset')
    keepShape(image)
  }
  foldQuoted(mail.body)
  // what brings colours of its own was written for white paper
  const isPaper = mail.querySelector('[bgcolor], [color], [style*="color:"]') !== null
  const images = withRemote ? "img-src 'self' http: https:" : "img-src 'self'"
  const policy = `default-src 'none'; style-src 'self'; style-src-attr 'unsafe-inline'; ${images}`
  return {
    remote,
    html: trusted.createHTML(
      `<!doctype html><html dir="auto"${isPaper ? ' class="paper"' : ''}><head><meta http-equiv="Content-Security-Policy" content="${policy}"><base target="_blank"><link rel="stylesheet" href="${styleUrl}"></head><body>${mail.body.innerHTML}</body></html>`,
    ),
  }
}

/** The mark of an image that opens when it is clicked: one in a link is the link. */
export const largeImage = 'img[role=button]'

const showLarge = (image: HTMLImageElement, url: string): void => {
  image.src = url
  if (image.closest('a')) return
  image.setAttribute('role', 'button')
  image.tabIndex = 0
  if (!image.alt) image.alt = 'Image: show it large'
}

/** An image of a given width and height shrinks in its shape where it is too wide, whatever its file is. */
const keepShape = (image: HTMLImageElement): void => {
  const [width, height] = (['width', 'height'] as const).map((side) =>
    Number(
      /^\d{1,4}(?:\.\d+)?(?:px)?$/.test(image.style[side])
        ? image.style[side].replace('px', '')
        : image.getAttribute(side),
    ),
  )
  if (!(width! > 0 && height! > 0)) return
  image.style.width = `${width}px`
  image.style.height = 'auto'
  image.style.aspectRatio = `${width}/${height}`
}
