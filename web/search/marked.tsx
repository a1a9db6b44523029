/** As the server compares: without accents and case. */
const plain = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()

/** A text with the words that begin as one of the searched words marked. */
export const Marked = ({ text, q }: { text: string; q: string }) => {
  const wanted = plain(q)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
  return text
    .split(/([\p{L}\p{N}\p{M}]+)/u)
    .map((part, i) =>
      i % 2 === 1 && wanted.some((word) => plain(part).startsWith(word)) ? <mark key={i}>{part}</mark> : part,
    )
}
