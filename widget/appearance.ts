import type { Appearance } from './api.ts'
import { onColor } from './contrast.ts'
import type { Words } from './words.ts'

interface Parts {
  root: HTMLElement
  greeting: HTMLElement
  words: Words
  /** What the page says; it comes before what the team says. */
  align: string | undefined
}

/** Gives the chat the look that the team wants; null for what is left to the script. */
export const dress = (
  { root, greeting, words, align }: Parts,
  { greeting: text, color, position }: Appearance,
): void => {
  greeting.textContent = text ?? words.greeting
  const side = [align, position?.toLowerCase()].find((wanted) => wanted === 'left' || wanted === 'right')
  const isLeft = side === undefined ? words.isRightToLeft === true : side === 'left'
  root.classList.toggle('left', isLeft)
  root.classList.toggle('right', !isLeft)
  const colors = color === null ? ['', ''] : [color, onColor(color)]
  root.style.setProperty('--channel-accent', colors[0]!)
  root.style.setProperty('--channel-on-accent', colors[1]!)
}

export const asItIs: Appearance = { greeting: null, color: null, position: null }
