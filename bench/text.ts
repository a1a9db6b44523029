import { type Chance, chanceOf } from './chance.ts'
import { type Language, languages } from './languages.ts'

const products = 20_000
const companies = 5000
const syllables = 'ba ve lo ri ta mo ne ku sa di fo ra li zu pe ny co me ha ti ge vo na xi do ly su re pa ko'.split(' ')
const endings = ['', 'n', 'r', 'x', 'ra', 'sys', 'lab', 'io', 'ware', 'soft', 'tech', 'grid']

/** The name of the product with this rank: one of twenty thousand that nobody has heard of. */
const thing = (rank: number): string => {
  const n = Math.imul(rank + 1, 7919) % 324_000
  const [a, b, c] = [n % 30, Math.floor(n / 30) % 30, Math.floor(n / 900) % 30]
  const name = `${syllables[a]}${syllables[b]}${syllables[c]}${endings[Math.floor(n / 27_000)]}`
  return name[0]!.toUpperCase() + name.slice(1)
}

export interface Person {
  name: string
  email: string
  phone: string | null
  language: Language
}

/** `number` makes the address one of its own. */
export const person = (chance: Chance, { language, number }: { language: Language; number: number }): Person => {
  const [given, givenLatin] = chance.of(language.given)
  const [family, familyLatin] = chance.of(language.family)
  const digits = String(chance.below(10_000)).padStart(4, '0')
  return {
    name: language.familyFirst ? `${family} ${given}` : `${given} ${family}`,
    email: `${givenLatin}.${familyLatin}${number}@${thing(chance.zipf(companies)).toLowerCase()}.example`,
    phone: chance.next() < 0.3 ? `+${1 + chance.below(98)} 555 ${chance.below(1000)} ${digits}` : null,
    language,
  }
}

export interface Team {
  name: string
  language: Language
  agents: string[]
}

export const team = (seed: number, number: number): Team => {
  const chance = chanceOf(seed, number)
  const language = anyLanguage(chance)
  const agents = Array.from({ length: 3 + chance.below(6) }, (_, i) => person(chance, { language, number: i }).name)
  // beyond the products that customers write of
  return { name: `${thing(products + number)} Support`, language, agents: [...new Set(agents)] }
}

/** The team's own language most of the time. */
export const languageOf = (chance: Chance, { language }: Team): Language =>
  chance.next() < 0.85 ? language : anyLanguage(chance)

const anyLanguage = (chance: Chance): Language => {
  let left = chance.below(100)
  return languages.find(({ share }) => (left -= share) < 0)!
}

/** What fills the braces of a sentence. `at` is when it is written, unix milliseconds. */
const fill = (
  sentence: string,
  chance: Chance,
  { language, name, at }: { language: Language; name: string; at: number },
) =>
  sentence.replace(/\{(\w+)\}/g, (_, slot: string) => {
    if (slot === 'w') return language.words[chance.zipf(language.words.length)]!
    if (slot === 'thing') return thing(chance.zipf(products))
    if (slot === 'order') return `#${100_000 + chance.below(900_000)}`
    if (slot === 'amount') return `${1 + Math.floor(40 * chance.exponential())}.${10 + chance.below(90)} €`
    if (slot === 'name') return name
    return new Date(at + (chance.below(10) - 5) * 86_400_000).toISOString().slice(0, 10)
  })

export const subject = (chance: Chance, language: Language, at: number): string => {
  const text = fill(language.subjects[chance.zipf(language.subjects.length)]!, chance, { language, name: '', at })
  return text[0]!.toUpperCase() + text.slice(1)
}

interface Writing {
  customer: Person
  agent: string
  team: string
  isInbound: boolean
  /** Quotes what it answers, as mail programs do. */
  isQuoting: boolean
  at: number
}

/** One message: a greeting, two sentences to a dozen, a name. */
export const message = (chance: Chance, { customer, agent, team, isInbound, isQuoting, at }: Writing): string => {
  const { language } = customer
  const [writer, reader] = isInbound ? [customer.name, agent] : [agent, customer.name]
  const say = (sentence: string, name: string) => fill(sentence, chance, { language, name, at })
  const length = Math.min(12, 2 + Math.floor(1.6 * chance.exponential()))
  const sentences = isInbound ? language.customer : language.agent
  const body = [...new Set(Array.from({ length }, () => chance.zipf(sentences.length)))].map((i) =>
    say(sentences[i]!, reader),
  )
  const hello = chance.of(language.hello)
  const greeting = /^\w+$/.test(hello) ? `${hello} ${reader.split(' ')[0]},` : hello
  const signature = isInbound ? writer : `${writer}\n${team}`
  const own = `${greeting}\n\n${body.join(chance.next() < 0.3 ? '\n' : ' ')}\n\n${chance.of(language.bye)}\n${signature}`
  if (!isQuoting) return own
  const quoted = say((isInbound ? language.agent : language.customer)[0]!, reader)
  return `${own}\n\n${fill(language.wrote, chance, { language, name: reader, at })}\n> ${quoted}`
}
