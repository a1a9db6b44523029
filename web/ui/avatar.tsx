import type { CSSProperties } from 'react'

const initialsOf = (name: string): string =>
  name
    .split(/[\s@._-]+/)
    .filter((word) => /\p{L}|\p{N}/u.test(word))
    .slice(0, 2)
    .map((word) => Array.from(word)[0]!.toLocaleUpperCase())
    .join('')

/** Far enough from each other to be told apart; the style sheet has a color for each. */
const hues = 12

/** The same name has the same color everywhere. */
const hueOf = (name: string): number => {
  let hash = 0
  for (const character of name.toLowerCase()) hash = (hash * 31 + character.codePointAt(0)!) % 1_000_003
  return hash % hues
}

interface Given {
  name: string
  url?: string | null
  isSmall?: boolean
}

/** A portrait, or initials; the name stands beside it. */
export const Avatar = ({ name, url, isSmall = false }: Given) => (
  <span
    aria-hidden="true"
    style={{ '--hue': hueOf(name) * (360 / hues) } as CSSProperties}
    className={`avatar grid shrink-0 place-items-center overflow-hidden rounded-full font-medium select-none ${
      isSmall ? 'size-5 text-[0.5625rem]' : 'size-9 text-xs'
    }`}
  >
    {url ? <img src={url} alt="" className="size-full object-cover" loading="lazy" /> : initialsOf(name)}
  </span>
)
