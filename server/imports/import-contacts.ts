import { Refusal } from '../config.ts'
import { limits } from '../limits.ts'
import { createContact } from '../contacts/create.ts'
import { httpsUrl } from '../contacts/schema.ts'
import { fillIn } from '../contacts/update.ts'
import type { Db, Tx } from '../db/db.ts'
import { emailKey, isEmail } from '../email-address.ts'
import { oneLine } from '../http/schema.ts'
import { columnsOf, type Columns, type Field } from './columns.ts'
import { encodingOf, readCsv } from './csv.ts'
import type { Report } from './report.ts'
import { tryOut } from '../db/try-out.ts'
import { reasonOf } from './storing.ts'
import { UnderWay } from './under-way.ts'

interface Options {
  db: Db
  workspaceId: string
  /** Column name to field, for columns that are not recognised; null for one that is not to be used. */
  map: ReadonlyMap<string, Field | null>
  /** Whether empty fields of contacts that are there already are filled in. */
  update: boolean
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
  const encoding = await encodingOf(path)
  if (encoding === 'windows-1252')
    report.notices.push({ place: name, reason: 'it is not in UTF-8 and was read as windows-1252' })
  const rows = readCsv(path, { encoding, count: (bytes) => (report.bytesRead += bytes) })
  let columns: Columns | undefined
  const underWay = new UnderWay(most)
  const seen = new Set<string>()
  try {
    for await (const { cells, line } of rows)
      if (columns) {
        const row = { ...options, columns, seen }
        await underWay.add(cells.join().length, () => importRow(cells, `line ${line}`, row))
      } else columns = columnsOf(cells, options.map)
  } catch (error) {
    await underWay.ended()
    if (!(error instanceof Refusal)) throw error
    const before = report.stored > 0 ? ` ${report.stored} contacts before that place were stored.` : ''
    throw new Refusal(`${name}: ${error.message}${before}`)
  }
  await underWay.ended()
  return columns?.unused ?? []
}

type Row = Options & { columns: Columns; seen: Set<string> }

const importRow = async (cells: string[], place: string, row: Row): Promise<void> => {
  const { db, workspaceId, dryRun, report, columns, seen } = row
  const { contact, further } = contactIn(cells, columns)
  const surplus = cells.slice(columns.fields.length).find((text) => text.trim() !== '')
  const problem =
    surplus === undefined
      ? problemOf(contact)
      : `more cells than the header has columns, from "${surplus.slice(0, 100)}" on`
  if (problem) return report.fail(place, problem)
  const store = async (tx: Tx) => {
    const made = await createContact(tx, workspaceId, { ...contact, source: 'IMPORT' })
    const isFilled = row.update && !made.isNew && (await fillIn(tx, workspaceId, { id: made.contact.id, ...contact }))
    return { ...made, isFilled }
  }
  try {
    const { contact: stored, isNew, isFilled } = dryRun ? await tryOut(db, store) : await db.transaction(store)
    const key = emailKey(contact.email)
    if (isFilled) report.updated += 1
    if (further.length > 0) report.notices.push({ place, reason: `not kept: ${further.join(', ')}` })
    if (isNew && !seen.has(key)) report.store({ contact: !dryRun })
    else report.repeat(place, stored.id)
    seen.add(key)
  } catch (error) {
    report.fail(place, reasonOf(error))
  }
}

interface Contact {
  email: string
  name: string | undefined
  phone: string | null
  avatarUrl: string | null
}

/** The first of each, and further addresses and phone numbers, which a contact has no place for. */
const contactIn = (cells: string[], { fields }: Columns): { contact: Contact; further: string[] } => {
  const textsOf = (field: Field) =>
    cells.flatMap((text, i) => (fields[i] === field && text.trim() !== '' ? [text.trim()] : []))
  const [mailbox = { address: '', name: '' }, ...others] = textsOf('email').flatMap(mailboxesIn)
  const [phone = null, ...phones] = textsOf('phone').flatMap((text) => partsOf(text, ':::'))
  const names = [textsOf('firstName')[0], textsOf('lastName')[0]].filter((text) => text !== undefined)
  const name = textsOf('name')[0] ?? names.join(' ')
  const addresses = others.map(({ address }) => address).filter((address) => address !== mailbox.address)
  return {
    contact: {
      email: mailbox.address,
      name: name || mailbox.name || undefined,
      phone,
      avatarUrl: textsOf('avatar')[0] ?? null,
    },
    further: [...new Set([...addresses, ...phones.filter((other) => other !== phone)])],
  }
}

/** Google writes several into one cell, with three colons. */
const partsOf = (text: string, separator: string | RegExp): string[] =>
  text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** `jane@example.com`, `Jane Doe <jane@example.com>`, or several of them. */
const mailboxesIn = (text: string): { address: string; name: string }[] =>
  partsOf(text, /:::|;/).flatMap((part) => {
    const pieces = part.split(',').map((piece) => piece.trim())
    return (pieces.every(isEmail) ? pieces : [part]).map(mailboxOf)
  })

const mailboxOf = (text: string): { address: string; name: string } => {
  const start = text.lastIndexOf('<')
  if (start === -1 || !text.endsWith('>')) return { address: text, name: '' }
  const name = text.slice(0, start).trim()
  return {
    address: text.slice(start + 1, -1).trim(),
    name: name.startsWith('"') && name.endsWith('"') ? name.slice(1, -1).trim() : name,
  }
}

const length = (text: string) => [...text].length

/** What the API would refuse, too. */
const problemOf = ({ email, name, phone, avatarUrl }: Contact): string | undefined => {
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
