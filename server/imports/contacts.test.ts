import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { freshFolder, startApp } from '../../test/app.ts'
import { makeContact } from '../../test/make.ts'
import type { Field } from './columns.ts'
import { importContacts } from './import-contacts.ts'
import { Report } from './report.ts'

type App = Awaited<ReturnType<typeof startApp>>

const file = async (t: TestContext, name: string, content: string | Buffer) => {
  const path = join(await freshFolder(t), name)
  await writeFile(path, content)
  return path
}

const importCsv = async (
  { db, inbox }: App,
  path: string,
  { map = {}, update = false }: { map?: Record<string, Field>; update?: boolean } = {},
) => {
  const report = new Report(() => {})
  const unused = await importContacts(path, {
    db,
    workspaceId: inbox.workspaceId,
    map: new Map(Object.entries(map)),
    update,
    dryRun: false,
    report,
  })
  return { report, unused }
}

test('a CSV of contacts is read with its quirks, and each row that is not stored is named', async (t) => {
  const app = await startApp(t)
  await makeContact(app.inbox, { email: 'known@example.com' })
  const rows = [
    '\uFEFFE-Mail,First Name,Last Name,Phone,Avatar,Company,"Tel\nwork"',
    'jane@example.com,Jane,"Doe, Jr.",+1-555-0123,https://example.com/j.png,Acme,1',
    '"bob@example.com","Bob ""the"" Builder",,,,"multi\nline",2',
    'KNOWN@example.com,Known,Person,,,,',
    'jane@example.com,Again,,,,,',
    ',No,Address,,,,',
    'not an address,X,,,,,',
    'x@example.com,X,,no digits,,,',
    'y@example.com,Y,,,http://insecure.example/y.png,,',
    'short@example.com',
    '',
  ].join('\r\n')
  const { report, unused } = await importCsv(app, await file(t, 'contacts.csv', rows))
  assert.deepEqual([report.read, report.stored, report.duplicates, report.failed], [9, 3, 2, 4])
  assert.deepEqual(
    report.failures.map(({ reason }) => reason),
    [
      'no email address',
      '"not an address" is not an email address',
      'the phone must hold a digit and at most 40 characters',
      'the avatar must be an https URL',
    ],
  )
  assert.deepEqual(unused, ['Company', 'Tel\nwork'])
  const items = (await app.inbox.get('/customers')).body.customers.items.map(({ contact }: any) => [
    contact.email,
    contact.name,
  ])
  assert.deepEqual(items.sort(), [
    ['bob@example.com', 'Bob "the" Builder'],
    ['jane@example.com', 'Jane Doe, Jr.'],
    ['known@example.com', 'Known Person'],
    ['short@example.com', 'short'],
  ])
  const [{ id }] = (await app.inbox.get('/search?q=5550123')).body.results.contacts
  const { contact } = (await app.inbox.get(`/contacts/${id}`)).body
  assert.deepEqual([contact.source, contact.avatarUrl], ['IMPORT', 'https://example.com/j.png'])
})

test('a CSV row that says more or other than the API would take is named, and the rest goes on', async (t) => {
  const app = await startApp(t)
  const rows = [
    'email,name,avatar,phone,constructor',
    'a@example.com,Doe, Jane,,,surplus',
    'b@example.com,Bob "The Man" Smith,,,',
    'c@example.com,C,"https://x.example/""><script>",,',
    'd@example.com,D,,"1\x002",',
    '"e@example.com","E\n2",,,',
    'f@example.com,F,,,',
    'bad,G,,,',
  ].join('\n')
  const { report, unused } = await importCsv(app, await file(t, 'odd.csv', rows))
  assert.deepEqual(unused, ['constructor'])
  assert.deepEqual(report.failures, [
    { place: 'line 2', reason: 'more cells than the header has columns, from "surplus" on' },
    { place: 'line 4', reason: 'the avatar must be an https URL' },
    { place: 'line 5', reason: 'the phone must hold a digit and at most 40 characters' },
    { place: 'line 6', reason: 'the name must be one line of at most 256 characters' },
    { place: 'line 9', reason: '"bad" is not an email address' },
  ])
  assert.equal(report.stored, 2)
})

test('columns can be named by --map; semicolons work; files without addresses are refused', async (t) => {
  const app = await startApp(t)
  const german = await file(t, 'kontakte.csv', 'Adresse;Kunde\na@example.com;Ä')
  await assert.rejects(importCsv(app, german), /has no column for the email address. Its columns: Adresse, Kunde/)
  const { report } = await importCsv(app, german, { map: { Adresse: 'email', Kunde: 'name' } })
  assert.equal(report.stored, 1)
  await assert.rejects(
    importCsv(app, await file(t, 'q.csv', 'email,name\nz@b.co,"open')),
    /is not a CSV file that can be read/,
  )
})

const utf16 = (text: string, isBigEndian: boolean) => {
  const bytes = Buffer.from(text, 'utf16le')
  return isBigEndian ? bytes.swap16() : bytes
}

test('a CSV is read in the encoding that it has', async (t) => {
  const app = await startApp(t)
  const rows = 'email;name\r\nADDRESS;Jürgen Müller – Bonn\r\n'
  const windows1252 = Buffer.from(rows.replace('–', '\x96'), 'latin1')
  const files = [
    Buffer.from(rows),
    Buffer.from(`\uFEFF${rows}`),
    utf16(`\uFEFF${rows}`, false),
    utf16(`\uFEFF${rows}`, true),
    utf16(rows, false),
    utf16(rows, true),
    windows1252,
  ]
  for (const [i, bytes] of files.entries()) {
    const address = `user${i}@example.com`
    const isWide = bytes.includes(0)
    const place = isWide ? utf16('ADDRESS', bytes.indexOf(0) % 2 === 0) : Buffer.from('ADDRESS')
    const at = bytes.indexOf(place)
    const named = isWide ? utf16(address, bytes.indexOf(0) % 2 === 0) : Buffer.from(address)
    const content = Buffer.concat([bytes.subarray(0, at), named, bytes.subarray(at + place.length)])
    const { report } = await importCsv(app, await file(t, `${i}.csv`, content))
    assert.equal(report.stored, 1, String(i))
    assert.equal(report.notices.length, bytes === windows1252 ? 1 : 0)
  }
  const { items } = (await app.inbox.get('/customers')).body.customers
  assert.deepEqual([...new Set(items.map(({ contact }: any) => contact.name))], ['Jürgen Müller – Bonn'])
  assert.equal(items.length, files.length)
})

const headers: Record<string, [header: string, row: string, name: string, phone: string | null]> = {
  google: [
    'Name,Given Name,Family Name,E-mail 1 - Type,E-mail 1 - Value,Phone 1 - Value',
    'Goo Gle,Goo,Gle,* Home,ADDRESS,+1 222',
    'Goo Gle',
    '+1 222',
  ],
  outlook: [
    'First Name,Middle Name,Last Name,E-mail Address,E-mail 2 Address,Mobile Phone,Business Phone',
    'Out,,Look,ADDRESS,,+1 555,',
    'Out Look',
    '+1 555',
  ],
  'outlook in German': [
    'Vorname;Nachname;E-Mail-Adresse;Mobiltelefon',
    'Jörg;Groß;ADDRESS;+49 30',
    'Jörg Groß',
    '+49 30',
  ],
  'outlook in French': [
    'Prénom;Nom;Adresse de messagerie;Tél. mobile',
    'Zoé;Petit;ADDRESS;+33 1',
    'Zoé Petit',
    '+33 1',
  ],
  'outlook in Spanish': [
    'Nombre;Apellidos;Dirección de correo electrónico;Teléfono móvil',
    'José;Gil;ADDRESS;+34 1',
    'José Gil',
    '+34 1',
  ],
  thunderbird: [
    'First Name,Last Name,Display Name,Primary Email,Secondary Email,Mobile Number',
    'Th,Bird,Thunder Bird,ADDRESS,,+1 888',
    'Thunder Bird',
    '+1 888',
  ],
  'thunderbird in German': [
    'Vorname,Nachname,Anzeigename,Primäre E-Mail-Adresse,Mobil-Tel.-Nr.',
    'Th,Bird,Thunder Bird,ADDRESS,+49 8',
    'Thunder Bird',
    '+49 8',
  ],
  'thunderbird in French': [
    'Prénom,Nom de famille,Nom à afficher,Première adresse électronique,Portable',
    'Th,Bird,,ADDRESS,+33 8',
    'Th Bird',
    '+33 8',
  ],
  apple: ['First name,Last name,Email (work),Phone (mobile)', 'Ap,Ple,ADDRESS,+1 9', 'Ap Ple', '+1 9'],
  hubspot: ['Record ID,First Name,Last Name,Email,Phone Number', '1,Hub,Spot,ADDRESS,+1 7', 'Hub Spot', '+1 7'],
  'hubspot in German': ['Vorname,Nachname,E-Mail,Telefonnummer', 'Hub,Spot,ADDRESS,+49 7', 'Hub Spot', '+49 7'],
  'hubspot in French': ['Prénom,Nom,Adresse e-mail,Numéro de téléphone', 'Hub,Spot,ADDRESS,+33 7', 'Hub Spot', '+33 7'],
  'hubspot in Spanish': ['Nombre,Apellidos,Correo,Número de teléfono', 'Hub,Spot,ADDRESS,+34 7', 'Hub Spot', '+34 7'],
  'German, family name first': ['Name;Vorname;E-Mail', 'Groß;Jörg;ADDRESS', 'Jörg Groß', null],
  'one name, in French': ['Nom;Courriel', 'Zoé Petit;ADDRESS', 'Zoé Petit', null],
  'one name, in Spanish': ['Nombre;Correo electrónico', 'José Gil;ADDRESS', 'José Gil', null],
  'with a line for Excel': ['sep=;\nemail;name', 'ADDRESS;Sep One', 'Sep One', null],
  'separated by a sign that sep= names': ['sep=|\nemail|name', 'ADDRESS|Sep Two', 'Sep Two', null],
}

test('columns are recognised as other programs write them', async (t) => {
  const app = await startApp(t)
  for (const [i, [program, [header, row, name, phone]]] of Object.entries(headers).entries()) {
    const email = `p${i}@example.com`
    const { report } = await importCsv(app, await file(t, 'p.csv', `${header}\n${row.replace('ADDRESS', email)}\n`))
    assert.deepEqual([report.stored, report.failures, report.notices], [1, [], []], program)
    const { contact } = (await app.inbox.post('/contacts', { email })).body
    assert.deepEqual([contact.name, contact.phone], [name, phone], program)
  }
})

test('an address in brackets, several in a cell, further columns: the first is kept, the rest is reported', async (t) => {
  const app = await startApp(t)
  const rows = [
    'email,email,name,phone,mobile',
    '"Doe, Jane <jane@example.com>",,,+1 1,+1 2',
    'a1@example.com ::: a2@example.com,,A,,',
    '"b1@example.com, b2@example.com",b1@example.com,B,+1 3,+1 3',
    'c1@example.com,c2@example.com,C,,',
  ]
  const { report } = await importCsv(app, await file(t, 'm.csv', rows.join('\n')))
  assert.deepEqual([report.stored, report.failures], [4, []])
  const inOrder = report.notices.toSorted((one, other) => (one.place < other.place ? -1 : 1))
  assert.deepEqual(inOrder, [
    { place: 'line 2', reason: 'not kept: +1 2' },
    { place: 'line 3', reason: 'not kept: a2@example.com' },
    { place: 'line 4', reason: 'not kept: b2@example.com' },
    { place: 'line 5', reason: 'not kept: c2@example.com' },
  ])
  const { contact } = (await app.inbox.post('/contacts', { email: 'jane@example.com' })).body
  assert.equal(contact.name, 'Doe, Jane')
})

test('rows that are empty count as nothing', async (t) => {
  const app = await startApp(t)
  const rows = 'email,name\na@example.com,One\n,,\n   \n;;\n" ",\n\nb@example.com,Two\nbad,Three\n\n'
  const { report } = await importCsv(app, await file(t, 'e.csv', rows))
  assert.deepEqual([report.read, report.stored], [3, 2])
  assert.deepEqual(report.failures, [{ place: 'line 9', reason: '"bad" is not an email address' }])
})

test('an update fills in what is empty and changes nothing else', async (t) => {
  const app = await startApp(t)
  await makeContact(app.inbox, { email: 'a@example.com' })
  await makeContact(app.inbox, { email: 'b@example.com', name: 'Bea', phone: '+1 1' })
  const avatar = 'https://example.com/x.png'
  const rows = ['email,name,phone,avatar', ...['a', 'b'].map((who) => `${who}@example.com,New,+9 9,${avatar}`)]
  const path = await file(t, 'u.csv', rows.join('\n'))
  const stored = async () => {
    const of = async (email: string) => (await app.inbox.post('/contacts', { email })).body.contact
    const both = [await of('a@example.com'), await of('b@example.com')]
    return both.map(({ name, phone, avatarUrl }) => [name, phone, avatarUrl])
  }
  assert.equal((await importCsv(app, path)).report.updated, 0)
  assert.deepEqual(await stored(), [
    ['New', null, null],
    ['Bea', '+1 1', null],
  ])
  const { report } = await importCsv(app, path, { update: true })
  assert.deepEqual([report.updated, report.duplicates], [2, 2])
  assert.deepEqual(await stored(), [
    ['New', '+9 9', avatar],
    ['Bea', '+1 1', avatar],
  ])
  assert.equal((await importCsv(app, path, { update: true })).report.updated, 0)
})
