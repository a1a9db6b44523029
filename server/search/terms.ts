import { limits } from '../limits.ts'

// Our own tokenizer, the same for what is stored and what is asked, on both engines.

const termCharacters = 64
const exactCharacters = 512
/** How long a text may become when its characters are decomposed; what goes beyond it is no text in any language. */
const decomposedMost = (characters: number) => 1.25 * characters + 1000

/** Scripts written without spaces between words (or, like Korean, searched by parts of words). */
const unspaced =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Bopomofo}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}々〆ー]/u
const words = /[\p{L}\p{N}]+/gu
const runs = new RegExp(`(?:${unspaced.source})+|(?:(?!${unspaced.source}).)+`, 'gsu')
// soft hyphens and the Arabic letter-stretcher are inside words but not part of them; the last two decompose into marks
const invisible = /[\p{M}\u00AD\u0640\uFF9E\uFF9F]/gu

/** Case, accents and compatibility forms ignored: "Ｊosé" → "jose", "Straße" → "strasse". */
const fold = (text: string): string =>
  isAscii(text)
    ? text.toLowerCase()
    : decomposed(text)
        // upper case first: only that turns ß into ss
        .toUpperCase()
        .toLowerCase()
        .normalize('NFKC')
        .replaceAll('ς', 'σ')

/**
 * Marks are removed before decomposing, too: to put a long run of them in order takes quadratic time (UAX #15 allows 30 in
 * stream-safe text). Korean syllables stay whole, since NFKC would put them together again. What is left is the same.
 */
const decomposed = (text: string): string =>
  text
    .replace(invisible, '')
    .replace(/[^\uAC00-\uD7A3]+/g, (part) => part.normalize('NFKD'))
    .slice(0, decomposedMost(text.length))
    .replace(invisible, '')

/**
 * The distinct terms of a text, a space between them: in one string, since a message has hundreds of them, which go from process to
 * process and into the database as they are. Unspaced scripts give each pair of characters, and the last one of a run.
 */
export const termsOf = (text: string): string => someTermsOf(text).join(' ')

/** Terms that are in one string, one by one. */
export const listOf = (terms: string): string[] => (terms === '' ? [] : terms.split(' '))

const someTermsOf = (text: string): string[] => {
  const folded = fold(withoutRepeats(text.slice(0, limits.indexedCharacters).replace(/[‥…]+/g, ' ')))
  if (isAscii(folded))
    return distinct((folded.match(/[a-z0-9]+/g) ?? []).map((word) => cut(word))).slice(0, limits.indexedTerms)
  const terms = new Set<string>()
  // a word that comes again has given its terms
  for (const word of new Set(folded.match(words)))
    for (const run of runsOf(word))
      for (const term of unspaced.test(run) ? pairsAndLast(run) : [cut(run)]) {
        terms.add(term)
        if (terms.size === limits.indexedTerms) return [...terms]
      }
  return [...terms]
}

/** This sign decomposes into four words, 18 characters: between two of them, the same text again gives the same terms again. */
const withoutRepeats = (text: string): string => {
  const [first, ...others] = text.split('\uFDFA')
  const last = others.pop()
  return last === undefined ? text : [first, ...new Set(others), last].join('\uFDFA')
}

export const contactTerms = (contact: {
  name: string
  email: string
  emailKey: string | null
  phone: string | null
}): string =>
  distinct([
    ...someTermsOf(contact.name),
    exactTerm(contact.name),
    // both spellings of an internationalised domain; an address of ours that stands in for none is not searched
    ...(contact.emailKey
      ? [...someTermsOf(contact.email), ...someTermsOf(contact.emailKey), exactTerm(contact.emailKey)]
      : []),
    ...(contact.phone ? [...someTermsOf(contact.phone), ...endingsOf(digitsOf(contact.phone))] : []),
  ]).join(' ')

/**
 * A whole name or address as one term. Its spaces and punctuation become private-use characters,
 * so that it stays in one piece and no word that a person types can be equal to it.
 */
const exactTerm = (text: string): string => {
  const folded = fold(text).trim().replace(/\s+/g, ' ')
  const inOnePiece = folded.replace(/[\0-/:-@[-`{-\x7F]/g, (sign) => String.fromCharCode(0xe000 + sign.charCodeAt(0)))
  return `\uE000${cut(inOnePiece, exactCharacters)}`
}

export interface Term {
  text: string
  isPrefix: boolean
}

/** What a person typed, as terms that must all match; or, typed as a phone number, its digits anywhere in one. */
export interface Query {
  all: Term[]
  digits: Term | undefined
  exact: string
}

/** Undefined when the text holds nothing that can be searched for: no letter and no digit. */
export const parseQuery = (text: string, exactText = text): Query | undefined => {
  const folded = wordsOf(fold(text))
  const terms = folded.flatMap((run, i): Term[] => {
    if (!unspaced.test(run)) return [{ text: cut(run), isPrefix: i === folded.length - 1 }]
    const inPairs = pairs(run)
    return inPairs.length > 0
      ? inPairs.map((pair) => ({ text: pair, isPrefix: false }))
      : [{ text: run, isPrefix: true }]
  })
  if (terms.length === 0) return undefined
  const all = [...new Map(terms.map((term) => [`${term.text} ${term.isPrefix}`, term])).values()]
  const digits = digitsOf(text)
  const isPhone = digits.length >= 3 && /^[+\d\s()./-]+$/.test(text)
  return { all, digits: isPhone ? { text: digits, isPrefix: true } : undefined, exact: exactTerm(exactText) }
}

const wordsOf = (folded: string): string[] => (folded.match(words) ?? []).flatMap(runsOf)

const runsOf = (word: string): string[] => (isAscii(word) ? [word] : (word.match(runs) ?? []))

function* pairsAndLast(run: string): Generator<string> {
  let last = ''
  for (const character of run) {
    if (last !== '') yield last + character
    last = character
  }
  yield last
}

const pairs = (run: string): string[] => [...pairsAndLast(run)].slice(0, -1)

const digitsOf = (phone: string): string => phone.replace(/\D/g, '')

/** Every ending of three digits and more, so that a prefix search finds any part of the number. */
const endingsOf = (digits: string): string[] =>
  Array.from({ length: Math.max(0, digits.length - 2) }, (_, start) => digits.slice(start))

const cut = (term: string, length = termCharacters): string => {
  const short = term.slice(0, length)
  return short.isWellFormed() ? short : short.slice(0, -1)
}

// oxlint-disable-next-line no-control-regex
const isAscii = (text: string): boolean => /^[\0-\x7F]*$/.test(text)

const distinct = (terms: string[]): string[] => [...new Set(terms)]
