const initialsOf = (name: string): string =>
  name
    .split(/[\s@._-]+/)
    .filter((word) => /\p{L}|\p{N}/u.test(word))
    .slice(0, 2)
    .map((word) => Array.from(word)[0]!.toLocaleUpperCase())
    .join('')

interface Given {
  name: string
  url?: string | null
  isSmall?: boolean
}

/** A portrait, or initials; the name stands beside it. */
export const Avatar = ({ name, url, isSmall = false }: Given) => (
  <span
    aria-hidden="true"
    className={`grid shrink-0 place-items-center overflow-hidden rounded-full bg-line font-medium text-muted select-none ${
      isSmall ? 'size-6 text-[0.625rem]' : 'size-9 text-xs'
    }`}
  >
    {url ? <img src={url} alt="" className="size-full object-cover" loading="lazy" /> : initialsOf(name)}
  </span>
)
