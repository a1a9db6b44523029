import { currentTime } from '../current-time.ts'
/**
 * What a line of an mbox file that begins with "From" may be: a sender with a date (`postmark`), less than that, as Gmail,
 * Thunderbird and others write it (`bare`), other text (`text`), or no such line at all (`none`).
 */
export type Separator = 'postmark' | 'bare' | 'text' | 'none'

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
// git format-patch: the id of a commit and always the same date
const patch = /^From (?:[0-9a-f]{40}|[0-9a-f]{64}) Mon Sep 17 00:00:00 2001$/

/** `isPatches`: the file itself is made of patches, each of which is a mail. In other files they are quoted. */
export const separatorOf = (line: string, { isPatches }: { isPatches: boolean }): Separator => {
  if (line !== 'From' && !line.startsWith('From ')) return 'none'
  if (patch.test(line)) return isPatches ? 'postmark' : 'text'
  if (dateWordsOf(line)) return 'postmark'
  const words = line.split(' ').slice(1)
  return words.length === 0 || (words.length === 1 && (words[0] === '-' || words[0]!.includes('@'))) ? 'bare' : 'text'
}

/** The date in a postmark, in UTC where it names no zone; undefined where it has none, or one to come. */
export const postmarkDate = (line: string): Date | undefined => {
  const words = dateWordsOf(line)
  if (!words) return undefined
  const { day, month, year, time, zone } = words
  const parse = (end: string) => Date.parse(`${day} ${month} ${year} ${time} ${end}`)
  const date = parse(zone) || parse('UTC')
  return date > 0 && date < currentTime() ? new Date(date) : undefined
}

const dateWordsOf = (line: string) => {
  const words = line.split(/[ \t]+/)
  const at = words.findIndex((word) => word.length === 3 && months.includes(word.toLowerCase()))
  const time = words.find((word) => /^\d{1,2}:\d{2}(?::\d{2})?$/.test(word))
  const year = words.findLast((word) => /^(?:19|20)\d{2}$/.test(word))
  const day = [words[at + 1], words[at - 1]].find((word = '') => /^\d{1,2}$/.test(word))
  if (at === -1 || time === undefined || year === undefined || day === undefined) return undefined
  const zone = words.findLast((word) => /^(?:[+-]\d{4}|[A-Z]{3,4})$/.test(word)) ?? 'UTC'
  return { day, month: words[at]!, year, time, zone }
}

const headerLine = /^[!-9;-~]{1,100}[ \t]{0,10}:/

/** Names of the header fields that the lines begin with, in lower case. */
export const headerNames = (lines: Iterable<string>): string[] => {
  const names: string[] = []
  for (const line of lines) {
    const isContinued = names.length > 0 && /^[ \t]/.test(line)
    if (isContinued || line.startsWith('>From ')) continue
    if (!headerLine.test(line)) break
    names.push(line.slice(0, line.indexOf(':')).trimEnd().toLowerCase())
  }
  return names
}

const usual = new Set('from to cc date subject message-id received return-path delivered-to mime-version'.split(' '))
const telling = ['from', 'received', 'return-path', 'message-id']

/** Whether a header is that of a mail and not some lines with a colon in them. */
export const looksLikeMail = (names: string[]): boolean =>
  names.filter((name) => usual.has(name)).length > 1 && telling.some((name) => names.includes(name))
