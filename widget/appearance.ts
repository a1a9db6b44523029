import type { Appearance } from './api.ts'
import { onColor } from './contrast.ts'
import type { Words } from './words.ts'

interface Parts {
  root: HTMLElement
  /** Of the chat, besides its own. */
  colors: CSSStyleSheet
  greeting: HTMLElement
  words: Words
  /** What the page says; it comes before what the team says. */
  align: string | undefined
}

/** Gives the chat the look that the team wants; null for what is left to the script. */
export const dress = (
  { root, colors, greeting, words, align }: Parts,
  { greeting: text, color, position }: Appearance,
): void => {
  greeting.textContent = text ?? words.greeting
  const side = [align, position?.toLowerCase()].find((wanted) => wanted === 'left' || wanted === 'right')
  const isLeft = side === undefined ? words.isRightToLeft === true : side === 'left'
  root.classList.toggle('left', isLeft)
  root.classList.toggle('right', !isLeft)
  const isColor = color !== null && /^#[0-9a-f]{6}$/i.test(color)
  // a strict policy takes no style attributes
  colors.replaceSync(isColor ? `.root { --channel-accent: ${color}; --channel-on-accent: ${onColor(color)} }` : '')
}

export const asItIs: Appearance = { greeting: null, color: null, position: null }
