type Attributes = Record<string, string>

/** An element with attributes and children; texts stay texts. */
export const h = <K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] => {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  element.append(...children)
  return element
}

/** A picture of one path in a square of 24; programs that read aloud pass it over. */
export const icon = (path: string, className = ''): Element => {
  const make = (name: string, attributes: Attributes) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name)
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
    return element
  }
  const svg = make('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true', class: className })
  svg.append(make('path', { d: path }))
  return svg
}

const links = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]}]/g

/** A text whose addresses can be followed. */
export const linked = (text: string): (Node | string)[] => {
  const parts: (Node | string)[] = []
  let end = 0
  for (const { 0: url, index } of text.matchAll(links)) {
    parts.push(
      text.slice(end, index),
      h('a', { href: url, target: '_blank', rel: 'noopener noreferrer nofollow' }, url),
    )
    end = index + url.length
  }
  return [...parts, text.slice(end)]
}

/** Milliseconds. */
const aWhile = 60_000

/** A link cannot carry the visitor's token, and in an address logs would keep it. */
export const save = (content: Blob, name: string): void => {
  const url = URL.createObjectURL(content)
  h('a', { href: url, download: name }).click()
  setTimeout(() => URL.revokeObjectURL(url), aWhile)
}
