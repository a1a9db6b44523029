import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { startApp } from '../app.ts'

// F17 and F18: what JSON parsers disagree about. Each case says what must happen.

const setUp = async (t: TestContext) => {
  const { ask, inbox } = await startApp(t)
  const { secret } = await inbox.as({ scope: 'api_user' })
  const url = `/v1/workspaces/${inbox.workspaceId}/support/inbox/contacts`
  const post = (body: string | Buffer) => ask('POST', url, { key: secret, body })
  /** All contacts, to see that what was refused left nothing. */
  const count = async () => (await inbox.get('/customers?limit=100')).body.customers.items.length
  return { post, count }
}

const email = '"email":"a@example.com"'

/** Texts that are not JSON, whatever some parsers make of them. */
const notJson: readonly string[] = [
  '{',
  '}',
  '[',
  '{]',
  '[}',
  '{"a"',
  '{"a":',
  '{"a":1',
  '"',
  '"a',
  'nul',
  'tru',
  'True',
  'NaN',
  'Infinity',
  'undefined',
  "{'email':'a@example.com'}",
  '{email:"a@example.com"}',
  `{${email},}`,
  `{,${email}}`,
  `{${email} "name":"x"}`,
  `{${email}}x`,
  `{${email}}{}`,
  `{${email}}]`,
  `{${email}} // end`,
  `/* begin */{${email}}`,
  `#\n{${email}}`,
  ...['01', '1.', '.5', '-', '+1', '1e', '0x10', '1_000', '--1', '0b1', '1f', '１'].map((n) => `{"email":${n}}`),
  ...['\\x41', '\\u12', '\\u{41}', '\\a', '\\', '\\\n', '\n', '\t', '\u0001'].map((text) => `{"email":"${text}"}`),
  ...['\u00a0', '\u2028', '\u000c', '\u200b', '\ufeff\ufeff'].map((blank) => `${blank}{${email}}`),
  `{"email":"a@example.com`,
  '['.repeat(30),
  ',',
  ':',
  ' ',
]

const nested = (depth: number, open = '[', close = ']') =>
  `{${email},"name":${open.repeat(depth)}1${close.repeat(depth)}}`

const manyFields = (count: number) => Array.from({ length: count }, (_, i) => `"k${i.toString(36)}":0`).join()

/** JSON, but nothing that this request can be. */
const refused: readonly (readonly [body: string, sentence: RegExp])[] = [
  ['null', /^The body must be/],
  ['[]', /^The body must be/],
  ['1', /^The body must be/],
  ['"a@example.com"', /^The body must be/],
  [`[{${email}}]`, /^The body must be/],
  ['{}', /^email is required/],
  [`{${email},${email}}`, /^A field is given twice/],
  [`{${email},"\\u0065mail":"b@example.com"}`, /^A field is given twice/],
  [`{${email},"name":{"a":1,"a":1}}`, /^A field is given twice/],
  [`{${email},"":""}`, /^ ?.*is not a field/],
  [`{${email},"EMAIL":"b@example.com"}`, /^EMAIL is not a field/],
  [`{${email},"name":null}`, /^name must be/],
  ...['1', '-0', '1e400', '-1e400', '1e-400', '9007199254740993', '9'.repeat(5000), 'true', '[]', '{}', '["a"]'].map(
    (value) => [`{${email},"name":${value}}`, /^name must be/] as const,
  ),
  [`{"email":${'1'.repeat(1_000_000)}}`, /^email must be/],
  ...[33, 1000, 10_000, 100_000, 500_000].map(
    (depth) => [nested(depth), /^The body is nested deeper than 32/] as const,
  ),
  ...[33, 1000, 100_000].map((depth) => [nested(depth, '{"a":', '}'), /^The body is nested deeper than 32/] as const),
  ['['.repeat(500_000), /^The body is nested deeper than 32/],
  [`{"a":${'{"a":'.repeat(100_000)}`, /^The body is nested deeper than 32/],
  [`{${email},${manyFields(9999)}}`, /^k0 is not a field/],
  [`{${email},${manyFields(10_000)}}`, /^The body has more than 10000 fields and list items/],
  [`{${email},"name":[${'1,'.repeat(10_000)}1]}`, /^The body has more than 10000 fields and list items/],
  [`{${email},"name":"${'x'.repeat(1_000_000)}"}`, /^name must be one line of 1 to 256/],
  [`{${email},"name":"a\\u0000b"}`, /^name must not contain the character NUL/],
  [`{${email},"a\\u0000b":1}`, /must not contain the character NUL/],
  ...['\\ud800', '\\udc00', '\\udc00\\ud800', '\\ud800x', '\\uD83D\\\\uDE00'].map(
    (half) => [`{${email},"name":"${half}"}`, /^name must not contain half of a surrogate pair/] as const,
  ),
  [`{${email},"\\ud800":1}`, /half of a surrogate pair/],
]

/** Bytes that are not UTF-8. */
const notUtf8: readonly Buffer[] = [
  Buffer.from([0xff]),
  Buffer.from([0xc0, 0xaf]),
  Buffer.from([0xc0, 0x80]),
  Buffer.from([0xe0, 0x80, 0xaf]),
  Buffer.from([0xf0, 0x80, 0x80, 0xaf]),
  Buffer.from([0xed, 0xa0, 0x80]),
  Buffer.from([0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]),
  Buffer.from([0xf4, 0x90, 0x80, 0x80]),
  Buffer.from([0xf8, 0x88, 0x80, 0x80, 0x80]),
  Buffer.from([0xe2, 0x82]),
  Buffer.from([0x80]),
  Buffer.from('é', 'latin1'),
]

const around = (bytes: Buffer) => Buffer.concat([Buffer.from(`{${email},"name":"`), bytes, Buffer.from('"}')])

test('what is not JSON is refused as that, and leaves nothing', async (t) => {
  const { post, count } = await setUp(t)
  for (const text of notJson) {
    const { status, body } = await post(text)
    assert.deepEqual([status, body.message], [400, 'The body is not valid JSON.'], text.slice(0, 80))
  }
  assert.equal(await count(), 0)
})

test('JSON that no contact can be is refused with the reason, and leaves nothing', async (t) => {
  const { post, count } = await setUp(t)
  for (const [text, sentence] of refused) {
    const { status, body } = await post(text)
    assert.equal(status, 400, text.slice(0, 80))
    assert.match(body.message, sentence, text.slice(0, 80))
  }
  assert.equal(await count(), 0)
})

test('bytes that are not UTF-8, and other encodings of it, are refused, and leave nothing', async (t) => {
  const { post, count } = await setUp(t)
  for (const bytes of notUtf8) {
    const { status, body } = await post(around(bytes))
    assert.deepEqual([status, body.message], [400, 'The body is not valid UTF-8.'], bytes.toString('hex'))
  }
  for (const mark of ['', '\ufeff']) {
    const utf16 = Buffer.from(`${mark}{${email}}`, 'utf16le')
    for (const bytes of [utf16, Buffer.from(utf16).swap16()]) assert.equal((await post(bytes)).status, 400)
  }
  assert.equal(await count(), 0)
})

test('unusual but right JSON is read as it says', async (t) => {
  const { post } = await setUp(t)
  const right: [body: string, name: string][] = [
    [`\ufeff{${email},"name":"with a mark"}`, 'with a mark'],
    [` \t\r\n{ "email" : "e@example.com" ,\r\n"name"\t: "blanks" } \n`, 'blanks'],
    [`{"\\u0065mail":"b@example.com","name":"\\u0065scaped \\"\\\\\\/ \\uD83D\\uDE00"}`, 'escaped "\\/ 😀'],
    [`{"email":"c@example.com","name":"{\\"a\\":1,\\"a\\":2}"}`, '{"a":1,"a":2}'],
    [`{"email":"d@example.com","name":"__proto__"}`, '__proto__'],
  ]
  for (const [text, name] of right) {
    const { status, body } = await post(text)
    assert.deepEqual([status, body.contact?.name], [201, name], text)
  }
})

test('no JSON of 1 MB takes more of the processor than the others can spare', async (t) => {
  const { post } = await setUp(t)
  const filled = (start: string, unit: string, end: string) =>
    start + unit.repeat(Math.floor((1024 * 1024 - start.length - end.length) / unit.length)) + end
  const heavy = {
    'many fields': `{${email},${manyFields(100_000)}}`,
    'one number': filled('{"email":', '1', '}'),
    'open brackets': filled('{"email":', '[', ''),
    'objects in a list': filled('{"email":[', '{"a":1},', '0]}'),
    backslashes: filled('{"email":"', '\\\\', '"}'),
    quotes: filled('{"email":"', '\\"', '"}'),
    'an unclosed text': filled('{"email":"', '\\"', ''),
    'an address of at-signs': filled('{"email":"', '@', '"}'),
    'an address of dots': filled('{"email":"a@', 'a.', 'a"}'),
    blanks: filled(`{${email},"name":"`, ' ', '"}'),
  }
  for (const [what, text] of Object.entries(heavy)) {
    const spent = async () => {
      const begin = process.cpuUsage()
      assert.equal((await post(text)).status, 400, what)
      const { user, system } = process.cpuUsage(begin)
      return Math.round((user + system) / 1000)
    }
    const milliseconds = Math.min(await spent(), await spent(), await spent())
    t.diagnostic(`${what}: ${milliseconds} ms`)
    // some 15 ms where nothing else runs; 400 ms were seen where JSON.parse came first
    assert.ok(milliseconds < 200, `${what}: ${milliseconds} ms`)
  }
})
