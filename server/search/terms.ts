import { limits } from '../limits.ts'

// Our own tokenizer, the same for what is stored and what is asked, on both engines.
// What an index holds is told by its version: a change here that gives any text other terms is a new version, made from the
// rows beside the old index (server/rebuild). The older versions stay, since their terms are still asked for and removed.

/** 1: letters without a decomposition stay as they are. 2: they are folded, and conversations have their people's words. */
export const newestVersion = 2

const termCharacters = 64
const exactCharacters = 512
/** How long a text may become when its characters are decomposed; what goes beyond it is no text in any language. */
const decomposedMost = (characters: number) => 1.25 * characters + 1000

/** Scripts written without spaces between words (or, like Korean, searched by parts of words). */
const unspaced =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Bopomofo}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}々〆ー]/u
/** Stands for the dots of ä, ö and ü until both spellings are made: "müller" is found as "muller" and as "mueller". */
const dots = '\uE0FF'
const words = /[\p{L}\p{N}\uE0FF]+/gu
const wordsOfFirst = /[\p{L}\p{N}]+/gu
const wordsIn = (folded: string, version: number): string[] => folded.match(version === 1 ? wordsOfFirst : words) ?? []
const runs = new RegExp(`(?:${unspaced.source})+|(?:(?!${unspaced.source}).)+`, 'gsu')
// soft hyphens and the Arabic letter-stretcher are inside words but not part of them; the last two decompose into marks
const invisible = /[\p{M}\u00AD\u0640\uFF9E\uFF9F]/gu

/** Latin letters that Unicode does not decompose, spelled as ICU's Latin-ASCII does. */
const spelled = new Map(
  'æae œoe ßss þth ðd đd øo łl ħh ıi ȷj ŋn ŧt ĸq ƀb ɓb ƃb ƈc ȼc ɖd ɗd ƌd ɇe ɛe əe ǝe ƒf ǥg ɠg ɨi ɩi ɉj ƙk ƚl ɫl ƞn ɲn ɔo ɵo ƥp ɍr ȿs ƫt ƭt ʈt ⱦt ʉu ʋv ⱳw ɏy ƴy ƶz ȥz ɀz ⱥa'
    .split(' ')
    .map((pair) => [pair.charAt(0), pair.slice(1)]),
)
const unlikeAscii = new RegExp(`[${[...spelled.keys()].join('')}]`, 'g')

/** Case, accents and compatibility forms ignored: "Ｊosé" → "jose", "Straße" → "strasse", "Łódź" → "lodz". */
const fold = (text: string, version: number): string => {
  if (isAscii(text)) return text.toLowerCase()
  if (version === 1) return withoutCase(decomposed(text))
  const dotted = text
    .replaceAll(dots, ' ')
    .replace(/[äöü]|[aou]\u0308/gi, (letter) => letter.normalize('NFD').charAt(0) + dots)
  return withoutCase(decomposed(dotted)).replace(unlikeAscii, (letter) => spelled.get(letter)!)
}

const withoutCase = (text: string): string =>
  // upper case first: only that turns ß into ss
  text.toUpperCase().toLowerCase().normalize('NFKC').replaceAll('ς', 'σ')

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
export const termsOf = (text: string, version = newestVersion): string => someTermsOf(text, version).join(' ')

/** Terms that are in one string, one by one. */
export const listOf = (terms: string): string[] => (terms === '' ? [] : terms.split(' '))

const someTermsOf = (text: string, version: number): string[] => {
  const folded = fold(withoutRepeats(text.slice(0, limits.indexedCharacters).replace(/[‥…]+/g, ' ')), version)
  if (isAscii(folded))
    return distinct((folded.match(/[a-z0-9]+/g) ?? []).map((word) => cut(word))).slice(0, limits.indexedTerms)
  const terms = new Set<string>()
  // a word that comes again has given its terms
  for (const word of new Set(wordsIn(folded, version)))
    for (const run of runsOf(word))
      for (const term of unspaced.test(run) ? pairsAndLast(run) : spellingsOf(run)) {
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

interface Person {
  name: string
  email: string
  emailKey: string | null
}

export const contactTerms = (contact: Person & { phone: string | null }, version = newestVersion): string =>
  distinct([
    ...someTermsOf(contact.name, version),
    exactTerm(contact.name, version),
    ...addressesOf(contact).flatMap((address) => someTermsOf(address, version)),
    ...(contact.emailKey ? [exactTerm(contact.emailKey, version)] : []),
    ...(contact.phone ? [...someTermsOf(contact.phone, version), ...endingsOf(digitsOf(contact.phone))] : []),
  ]).join(' ')

/** Both spellings of an internationalised domain; an address of ours that stands in for none is not searched. */
const addressesOf = ({ email, emailKey }: Person): string[] => (emailKey ? [email, emailKey] : [])

/** What a conversation is found by besides its subject, as it is kept beside it. */
export const peopleOf = (contact: Person): string => [contact.name, ...addressesOf(contact)].join('\n')

/** What a conversation is found by. */
export interface ConversationText {
  subject: string
  /** Of its contact, as `peopleOf` gives them. */
  people: string
  /** Of its other participants. */
  others: string
}

export const conversationTerms = ({ subject, people, others }: ConversationText, version = newestVersion): string =>
  termsOf(version === 1 ? subject : `${subject}\n${people}\n${others}`, version)

/**
 * A whole name or address as one term. Its spaces and punctuation become private-use characters,
 * so that it stays in one piece and no word that a person types can be equal to it.
 */
const exactTerm = (text: string, version: number): string => {
  const folded = (version === 1 ? fold(text, 1) : fold(text, version).replaceAll(dots, '')).trim().replace(/\s+/g, ' ')
  const inOnePiece = folded.replace(/[\0-/:-@[-`{-\x7F]/g, (sign) => String.fromCharCode(0xe000 + sign.charCodeAt(0)))
  return `\uE000${cut(inOnePiece, exactCharacters)}`
}

export interface Term {
  text: string
  /** Another spelling, which does as well. */
  or?: string | undefined
  isPrefix: boolean
}

/** What a person typed, as terms that must all match; or, typed as a phone number, its digits anywhere in one. */
export interface Query {
  all: Term[]
  digits: Term | undefined
  exact: string
}

/** Undefined when the text holds nothing that can be searched for: no letter and no digit. */
export const parseQuery = (text: string, exactText = text, version = newestVersion): Query | undefined => {
  const folded = wordsIn(fold(text, version), version).flatMap(runsOf)
  const terms = folded.flatMap((run, i): Term[] => {
    if (!unspaced.test(run)) {
      const [first, or] = spellingsOf(run)
      return [{ text: first!, or, isPrefix: i === folded.length - 1 }]
    }
    const inPairs = pairs(run)
    return inPairs.length > 0
      ? inPairs.map((pair) => ({ text: pair, isPrefix: false }))
      : [{ text: run, isPrefix: true }]
  })
  if (terms.length === 0) return undefined
  const all = [...new Map(terms.map((term) => [`${term.text} ${term.isPrefix}`, term])).values()]
  const digits = digitsOf(text)
  const isPhone = digits.length >= 3 && /^[+\d\s()./-]+$/.test(text)
  return { all, digits: isPhone ? { text: digits, isPrefix: true } : undefined, exact: exactTerm(exactText, version) }
}

const spellingsOf = (run: string): string[] =>
  run.includes(dots) ? distinct(['', 'e'].map((letter) => cut(run.replaceAll(dots, letter)))) : [cut(run)]

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
