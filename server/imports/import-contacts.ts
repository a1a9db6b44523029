import { createReadStream } from 'node:fs'
import { pipeline, Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { Refusal, limits } from '../config.ts'
import { createContact } from '../contacts/create.ts'
import { httpsUrl } from '../contacts/schema.ts'
import type { Db, Tx } from '../db/db.ts'
import { emailKey, isEmail } from '../email-address.ts'
import { oneLine } from '../http/schema.ts'
import { fields, type Field } from './fields.ts'
import type { Report } from './report.ts'
import { reasonOf, tryOut } from './storing.ts'
import { UnderWay } from './under-way.ts'

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
  map: Map<string, Field>
  /** What the file is called, where its path does not say it. */
  name?: string | undefined
  dryRun: boolean
  report: Report
}

/** Rows and characters. How far an import is, is written behind these. */
const most = { items: 512, size: 4 * 1024 * 1024 }

/** Every row a contact. Resolves to the columns that were not used. Throws a Refusal where there is no email column. */
export const importContacts = async (path: string, options: Options): Promise<string[]> => {
  const { name = path, report } = options
  const delimiter = await delimiterOf(path)
  const settings = {
    bom: true,
    delimiter,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    info: true,
  }
  // the loop below gets what goes wrong
  const rows = pipeline(
    Readable.from(utf8Of(path, report)),
    parse({ ...settings, max_record_size: limits.bodyBytes }),
    () => {},
  )
  let columns: Columns | undefined
  let line = 1
  const underWay = new UnderWay(most)
  const seen = new Set<string>()
  try {
    for await (const { record, info } of rows as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      if (columns) {
        const row = { ...options, columns, seen }
        const place = `line ${line}`
        await underWay.add(record.join().length, () => importRow(record, place, row))
      } else columns = columnsOf(record, options.map)
      line = info.lines + 1
    }
  } catch (error) {
    await underWay.ended()
    if (error instanceof NotUtf8)
      throw new Refusal(
        `${name} is not in UTF-8. Save it as "CSV UTF-8" and import it again. ${report.stored} contacts before that place were stored.`,
      )
    if (!(error instanceof CsvError)) throw error
    throw new Refusal(
      `${name} is not a CSV file that can be read: ${error.message}. ${report.stored} contacts before that place were stored.`,
    )
  }
  await underWay.ended()
  return columns?.unused ?? []
}

interface Columns {
  /** By position; undefined where nothing is known of a column. */
  fields: (Field | undefined)[]
  unused: string[]
}

const columnsOf = (header: string[], map: Map<string, Field>): Columns => {
  const names = header.map((name) => name.trim())
  const known = `Its columns: ${header.join(', ')}.`
  const missing = [...map.keys()].find((name) => !names.includes(name))
  if (missing !== undefined)
    throw new Refusal(`--map names the column ${missing}, and the file has none of that name. ${known}`)
  const found = names.map((name) => map.get(name) ?? fieldOf(name))
  if (!found.includes('email'))
    throw new Refusal(
      `The file has no column for the email address. ${known} Call one of them email; the command takes --map "COLUMN=email", too.`,
    )
  return { fields: found, unused: header.filter((_, i) => !found[i]) }
}

type Row = Options & { columns: Columns; seen: Set<string> }

const importRow = async (cells: string[], place: string, { db, workspaceId, dryRun, report, columns, seen }: Row) => {
  // of two columns of one field the first cell that is not blank counts
  const cell = (field: Field) =>
    cells.find((text, i) => columns.fields[i] === field && text.trim() !== '')?.trim() ?? ''
  const email = cell('email')
  const name = cell('name') || `${cell('firstName')} ${cell('lastName')}`.trim() || undefined
  const phone = cell('phone') || null
  const avatarUrl = cell('avatar') || null
  const surplus = cells.slice(columns.fields.length).find((text) => text.trim() !== '')
  const problem =
    surplus === undefined
      ? problemOf({ email, name, phone, avatarUrl })
      : `more cells than the header has columns, from "${surplus.slice(0, 100)}" on`
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

const length = (text: string) => [...text].length

/** What the API would refuse, too. */
const problemOf = ({ email, name, phone, avatarUrl }: Cells): string | undefined => {
  if (email === '') return 'no email address'
  if (!isEmail(email)) return `"${email.slice(0, 100)}" is not an email address`
  if (name !== undefined && (length(name) > limits.nameCharacters || !oneLine.test(name)))
    return `the name must be one line of at most ${limits.nameCharacters} characters`
  if (phone !== null && (length(phone) > limits.phoneCharacters || !/\p{Nd}/u.test(phone) || phone.includes('\0')))
    return `the phone must hold a digit and at most ${limits.phoneCharacters} characters`
  if (avatarUrl !== null && (length(avatarUrl) > limits.urlCharacters || !httpsUrl.test(avatarUrl)))
    return 'the avatar must be an https URL'
  return undefined
}

class NotUtf8 extends Error {}

/** The text of the file; fails at the first byte that is not UTF-8. */
async function* utf8Of(path: string, report: Report): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for await (const chunk of createReadStream(path)) {
      report.bytesRead += (chunk as Buffer).length
      yield decoder.decode(chunk as Buffer, { stream: true })
    }
    yield decoder.decode()
  } catch (error) {
    if (error instanceof TypeError) throw new NotUtf8()
    throw error
  }
}

/** Whichever of the usual three stands most often in the header row. */
const delimiterOf = async (path: string): Promise<string> => {
  let header = ''
  for await (const chunk of createReadStream(path, { encoding: 'latin1' })) {
    header += chunk as string
    if (header.includes('\n')) break
  }
  header = header.split('\n')[0]!
  const count = (sign: string) => header.split(sign).length
  return [',', ';', '\t'].reduce((best, sign) => (count(sign) > count(best) ? sign : best))
}
