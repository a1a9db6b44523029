import { createReadStream } from 'node:fs'
import { pipeline, Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { Refusal, limits } from '../config.ts'
import { createContact } from '../contacts/create.ts'
import type { Db, Tx } from '../db/db.ts'
import { emailKey, isEmail } from '../email-address.ts'
import type { Report } from './report.ts'
import { reasonOf, tryOut } from './storing.ts'

export const fields = ['email', 'name', 'firstName', 'lastName', 'phone', 'avatar'] as const
export type Field = (typeof fields)[number]

/** Of header cells, in lower case without spaces and punctuation. */
const spellings: Record<Field, string> = {
  email: 'email mail emailaddress',
  name: 'name fullname displayname',
  firstName: 'firstname givenname',
  lastName: 'lastname familyname surname',
  phone: 'phone phonenumber telephone mobile',
  avatar: 'avatar avatarurl photo',
}

/** The field that a header cell means, if it is one that is recognised. */
const fieldOf = (header: string): Field | undefined =>
  fields.find((field) => spellings[field].split(' ').includes(header.toLowerCase().replace(/[\s_.-]/g, '')))

interface Options {
  db: Db
  workspaceId: string
  /** Column name to field, for columns that are not recognised. */
  map: Record<string, Field>
  dryRun: boolean
  report: Report
}

const atOnce = 200

/** Every row a contact. Resolves to the columns that were not used. Throws a Refusal where there is no email column. */
export const importContacts = async (path: string, options: Options): Promise<string[]> => {
  let unused: string[] = []
  const delimiter = await delimiterOf(path)
  const rows = pipeline(
    Readable.from(utf8Of(path)),
    parse({
      bom: true,
      delimiter,
      relax_column_count: true,
      relax_quotes: true,
      // two columns of one field: the first cell that is not blank counts
      group_columns_by_name: true,
      skip_empty_lines: true,
      info: true,
      max_record_size: limits.bodyBytes,
      columns: (header: string[]) => {
        const columns = header.map((name) => options.map[name.trim()] ?? fieldOf(name))
        const names = new Set(header.map((name) => name.trim()))
        const missing = Object.keys(options.map).find((name) => !names.has(name))
        if (missing !== undefined)
          throw new Refusal(
            `--map names the column ${missing}, and the file has none of that name. Its columns: ${header.join(', ')}.`,
          )
        unused = header.filter((_, i) => !columns[i])
        if (!columns.includes('email'))
          throw new Refusal(
            `The file has no column for the email address. Its columns: ${header.join(', ')}. Name it with --map "COLUMN=email".`,
          )
        return columns.map((column) => column ?? false)
      },
    }),
    // the loop below gets what goes wrong
    () => {},
  )
  let underWay: Promise<void>[] = []
  const seen = new Set<string>()
  try {
    for await (const { record, info } of rows) {
      underWay.push(importRow(record as Row, `line ${info.lines}`, { ...options, seen }))
      if (underWay.length >= atOnce) {
        await Promise.all(underWay)
        underWay = []
      }
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    await Promise.all(underWay)
    throw new Refusal(
      `${path} is not a CSV file that can be read: ${error.message}. ${options.report.stored} contacts before that place were stored.`,
    )
  }
  await Promise.all(underWay)
  return unused
}

type Row = Partial<Record<Field, string | string[]>>

const cell = (row: Row, field: Field): string =>
  [row[field] ?? '']
    .flat()
    .map((text) => text.trim())
    .find((text) => text !== '') ?? ''

const importRow = async (
  row: Row,
  place: string,
  { db, workspaceId, dryRun, report, seen }: Options & { seen: Set<string> },
) => {
  const email = cell(row, 'email')
  const name = cell(row, 'name') || `${cell(row, 'firstName')} ${cell(row, 'lastName')}`.trim() || undefined
  const phone = cell(row, 'phone') || null
  const avatarUrl = cell(row, 'avatar') || null
  const problem = problemOf({ email, name, phone, avatarUrl })
  if (problem) return report.fail(place, problem)
  const create = (tx: Tx) => createContact(tx, workspaceId, { email, name, phone, avatarUrl, source: 'IMPORT' })
  try {
    const { contact, isNew } = dryRun ? await tryOut(db, create) : await db.transaction(create)
    const key = emailKey(email)
    if (isNew && !seen.has(key)) report.store({ contact: !dryRun })
    else report.repeat(place, contact.id)
    seen.add(key)
  } catch (error) {
    report.fail(place, reasonOf(error))
  }
}

interface Cells {
  email: string
  name: string | undefined
  phone: string | null
  avatarUrl: string | null
}

const problemOf = ({ email, name, phone, avatarUrl }: Cells): string | undefined => {
  if (email === '') return 'no email address'
  if (!isEmail(email)) return `"${email.slice(0, 100)}" is not an email address`
  if (name !== undefined && (name.length > limits.nameCharacters || /[\p{Cc}\u2028\u2029]/u.test(name)))
    return `the name must be one line of at most ${limits.nameCharacters} characters`
  if (phone !== null && (phone.length > limits.phoneCharacters || !/\d/.test(phone)))
    return `the phone must hold a digit and at most ${limits.phoneCharacters} characters`
  if (avatarUrl !== null && (avatarUrl.length > limits.urlCharacters || !/^https:\/\/\S+$/.test(avatarUrl)))
    return 'the avatar must be an https URL'
  return undefined
}

/** The text of the file; fails at the first byte that is not UTF-8. */
async function* utf8Of(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for await (const chunk of createReadStream(path)) yield decoder.decode(chunk as Buffer, { stream: true })
    yield decoder.decode()
  } catch (error) {
    if (error instanceof TypeError)
      throw new Refusal(`${path} is not in UTF-8. Save it as "CSV UTF-8" and import it again.`)
    throw error
  }
}

/** Whichever of the usual three stands most often in the header row. */
const delimiterOf = async (path: string): Promise<string> => {
  let header = ''
  for await (const text of utf8Of(path)) {
    header += text
    if (header.includes('\n')) break
  }
  header = header.split('\n')[0]!
  const count = (sign: string) => header.split(sign).length
  return [',', ';', '\t'].reduce((best, sign) => (count(sign) > count(best) ? sign : best))
}
