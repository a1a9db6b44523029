import { currentTime } from '../current-time.ts'
/** Longer is no date, whatever its comments. */
const characters = 1000
const earliest = Date.UTC(1970, 0, 2)
const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const minute = 60_000

// names that are usual in mail; where two places share one, the one that sends more of it
const zones = new Map<string, number>(
  Object.entries({
    '-1100': 'SST',
    '-1000': 'HST',
    '-0900': 'AKST HDT',
    '-0800': 'PST AKDT',
    '-0700': 'MST PDT',
    '-0600': 'CST MDT',
    '-0500': 'EST CDT COT PET ECT',
    '-0400': 'AST EDT CLT BOT VET',
    '-0330': 'NST',
    '-0300': 'BRT ART ADT CLST UYT',
    '-0230': 'NDT',
    '-0200': 'BRST FNT',
    '-0100': 'AZOT CVT',
    '+0000': 'GMT UT UTC Z WET',
    '+0100': 'BST CET MEZ MET WEST WAT',
    '+0200': 'CEST MESZ MEST EET CAT SAST',
    '+0300': 'EEST MSK EAT TRT IDT',
    '+0330': 'IRST',
    '+0400': 'MSD GST SAMT AZT GET AMT',
    '+0430': 'IRDT AFT',
    '+0500': 'PKT YEKT UZT',
    '+0530': 'IST',
    '+0545': 'NPT',
    '+0600': 'OMST BDT ALMT',
    '+0630': 'MMT',
    '+0700': 'ICT WIB KRAT NOVT',
    '+0800': 'HKT SGT MYT PHT AWST WITA IRKT',
    '+0900': 'JST KST WIT YAKT',
    '+0930': 'ACST',
    '+1000': 'AEST VLAT CHST',
    '+1030': 'ACDT',
    '+1100': 'AEDT MAGT',
    '+1200': 'NZST PETT FJT',
    '+1300': 'NZDT',
  }).flatMap(([offset, names]) => names.split(' ').map((name) => [name, minutesOf(offset)] as const)),
)

function minutesOf(offset: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d{1,2}):?(\d{2})$/.exec(offset)!
  return (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1)
}

/** A date from 1970 to now, in ISO 8601: one from the future would stay on top of every list. */
export const dateIn = (header: string): string | null => {
  const text = withoutComments(header.slice(0, characters)).trim()
  const time = timeOf(text) ?? Date.parse(text)
  return time >= earliest && time <= currentTime() ? new Date(time).toISOString() : null
}

/** They may be nested; one that is not closed reaches to the end. */
const withoutComments = (text: string): string => {
  const parts: string[] = []
  let depth = 0
  for (const part of text.split(/([()])/)) {
    if (part === '(') depth += 1
    else if (part === ')') depth = Math.max(0, depth - 1)
    else if (depth === 0) parts.push(part)
  }
  return parts.join(' ')
}

/** Undefined where it is not written as mail programs write it: day, month by its name, year and time, in any order. */
const timeOf = (text: string): number | undefined => {
  const clock = /(?:^|[\sT,])(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*([AP]M\b)?/i.exec(text)
  if (!clock) return undefined
  const others = `${text.slice(0, clock.index)} ${text.slice(clock.index + clock[0].length)}`
  const month = /(?:^|[\s,./-]|\d)(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?/i.exec(others)
  if (!month) return undefined
  const offset = /(?:^|[\sA-Z])([+-]\d{1,2}:?\d{2})(?!\d)/.exec(others.slice(month.index))?.[1]
  const numbers = others.replace(offset ?? '', ' ').match(/\d+/g) ?? []
  const year = numbers.find((number) => number.length === 4) ?? numbers[1]
  const day = numbers.find((number) => number !== year && number.length <= 2)
  if (year === undefined || day === undefined || Number(day) > 31) return undefined
  if (Number(clock[1]) > 24 || Number(clock[2]) > 59 || Number(clock[3] ?? 0) > 60) return undefined
  const hour = (Number(clock[1]) % (clock[4] ? 12 : 25)) + (/^p/i.test(clock[4] ?? '') ? 12 : 0)
  const time = Date.UTC(
    fullYear(year),
    months.indexOf(month[1]!.toLowerCase()),
    Number(day),
    hour,
    Number(clock[2]),
    Number(clock[3] ?? 0),
  )
  return time - (offset === undefined ? namedOffset(others) : minutesOf(offset)) * minute
}

/** RFC 5322: two digits are of this century to 49, and three count from 1900. */
const fullYear = (year: string): number => Number(year) + (year.length > 3 ? 0 : Number(year) < 50 ? 2000 : 1900)

/** UTC where nobody knows the name. */
const namedOffset = (text: string): number => {
  for (const name of text.toUpperCase().match(/[A-Z]+/g) ?? []) {
    const offset = zones.get(name)
    if (offset !== undefined) return offset
  }
  return 0
}
