import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { type Inbox, startApp } from '../../test/app.ts'
import { customerWrites, makeContact, makeConversation } from '../../test/make.ts'
import { check } from '../check/check.ts'

const search = async (inbox: Inbox, q: string, more = '') =>
  (await inbox.get(`/search?q=${encodeURIComponent(q)}${more}`)).body.results
const names = async (inbox: Inbox, q: string) => (await search(inbox, q)).contacts.map((contact: any) => contact.name)

test('what a POST answered is found by the next request, in the three documented groups', async (t) => {
  const { inbox } = await startApp(t)
  const { id, contactId, messageId } = await makeConversation(inbox, {
    email: 'jane@example.com',
    subject: 'Jane asks about billing',
    text: 'Hi Jane, regarding your invoice',
  })
  const results = await search(inbox, 'jane', '&limit=5')
  assert.deepEqual(results, {
    contacts: [{ id: contactId, email: 'jane@example.com', name: 'jane' }],
    conversations: [{ id, subject: 'Jane asks about billing', lastMessagePreview: 'Hi Jane, regarding your invoice' }],
    messages: [
      {
        id: messageId,
        conversationId: id,
        contact: { id: contactId, name: 'jane' },
        contentPreview: 'Hi Jane, regarding your invoice',
        createdAt: results.messages[0].createdAt,
      },
    ],
  })
})

test('who is new is found, also if somebody with the same name changes at the same moment', async (t) => {
  const { inbox } = await startApp(t)
  const { id } = await makeContact(inbox, { email: 'doe@example.com', name: 'Jane Doe' })
  await Promise.all([
    inbox.patch(`/contacts/${id}`, { name: 'Jane Deer' }),
    makeContact(inbox, { email: 'roe@example.com', name: 'Jane Roe' }),
    makeContact(inbox, { email: 'poe@example.com', name: 'Jane Poe' }),
  ])
  assert.deepEqual((await names(inbox, 'jane')).toSorted(), ['Jane Deer', 'Jane Poe', 'Jane Roe'])
  assert.deepEqual((await names(inbox, 'example')).toSorted(), ['Jane Deer', 'Jane Poe', 'Jane Roe'])
  assert.deepEqual(await names(inbox, 'doe jane'), ['Jane Deer'])
})

test('contacts are found by name words, whole address, local part, domain, any label, and phone digits', async (t) => {
  const { inbox } = await startApp(t)
  await makeContact(inbox, { email: 'jane.doe@mail.example.com', name: 'Zoë Ångström-Łuk', phone: '+1 (555) 010-0123' })
  const found = [
    'zoe',
    'ZOË',
    'angstrom',
    'ång',
    'łuk',
    'jane.doe@mail.example.com',
    'JANE.DOE@MAIL',
    'jane',
    'doe',
    'mail.example.com',
  ]
  for (const q of [
    ...found,
    'example',
    'exa',
    'com',
    '5550100123',
    '+1-555-010',
    '0123',
    '555 010 0123',
    '(555) 010',
    'zoe doe',
  ])
    assert.deepEqual(await names(inbox, q), ['Zoë Ångström-Łuk'], q)
  for (const q of ['zo doe', 'zoex', '9999', 'jane smith', 'oe']) assert.deepEqual(await names(inbox, q), [], q)
})

test('scripts without spaces, marks and compatibility forms are found as people type them', async (t) => {
  const { inbox } = await startApp(t)
  const { id } = await makeConversation(inbox, { email: 'a@example.com', subject: 'x' })
  const texts = {
    東京都に住んでいます: ['東京', '京都', '都', '住んで', '東京都'],
    '청구서를 보내주세요': ['청구', '청구서', '보내'],
    ใบแจ้งหนี้ของฉัน: ['แจ้ง', 'ของฉัน'],
    'السَّلَامُ عَلَيْكُمْ': ['السلام', 'عليكم'],
    'ﬁnancial ＡＢＣ １２３ straße ΟΔΟΣ': ['financial', 'abc', '123', 'strasse', 'STRASSE', 'οδος', 'οδοσ'],
    'cafe\u0301 na\u00efve İstanbul': ['café', 'cafe', 'naive', 'istanbul'],
    'in\u00advoice C++ don’t': ['invoice', 'c++', "don't", 'don’t'],
  }
  for (const text of Object.keys(texts)) await customerWrites(inbox, id, text)
  for (const [text, queries] of Object.entries(texts))
    for (const q of queries)
      assert.ok(
        (await search(inbox, q, '&limit=50')).messages.some((message: any) => message.contentPreview === text),
        `${q} in ${text}`,
      )
  assert.deepEqual((await search(inbox, '京東')).messages, [])
})

test('all words must match, the last one as a beginning', async (t) => {
  const { inbox } = await startApp(t)
  const { id } = await makeConversation(inbox, { email: 'a@example.com', text: 'first' })
  for (const text of ['invoice for march', 'invoice for april', 'receipt for march'])
    await customerWrites(inbox, id, text)
  const texts = async (q: string) => (await search(inbox, q)).messages.map((message: any) => message.contentPreview)
  assert.deepEqual(await texts('invoice mar'), ['invoice for march'])
  assert.deepEqual(await texts('mar invoice'), [])
  assert.deepEqual(await texts('for'), ['receipt for march', 'invoice for april', 'invoice for march'])
  assert.deepEqual(await texts('march invoice april'), [])
})

test('an exact address or name comes first, then newest created first', async (t) => {
  const { inbox } = await startApp(t)
  for (const [email, name] of [
    ['ann@example.com', 'Ann Lee'],
    ['ann.lee@example.com', 'Somebody'],
    ['bob@example.com', 'Ann Lee Smith'],
    ['ann@example.com.au', 'Annabel'],
  ])
    await makeContact(inbox, { email, name })
  assert.deepEqual(await names(inbox, 'ann lee'), ['Ann Lee', 'Ann Lee Smith', 'Somebody'])
  assert.deepEqual(await names(inbox, 'ANN@example.com'), ['Ann Lee', 'Annabel', 'Ann Lee Smith', 'Somebody'])
  const pages: string[] = []
  for (let cursor = ''; ;) {
    const { contacts, hasMore, cursor: next } = await search(inbox, 'ann lee', `&type=contacts&limit=1${cursor}`)
    pages.push(contacts[0].name)
    assert.equal(next === null, !hasMore)
    if (!hasMore) break
    cursor = `&cursor=${next}`
  }
  assert.deepEqual(pages, ['Ann Lee', 'Ann Lee Smith', 'Somebody'])
})

test('one group pages on to its end, and other groups have pages of their own', async (t) => {
  const { inbox } = await startApp(t)
  const { id } = await makeConversation(inbox, { email: 'a@example.com', text: 'other' })
  for (let i = 0; i < 12; i++) await customerWrites(inbox, id, `needle ${i}`)
  const seen: string[] = []
  for (let cursor = ''; ;) {
    const { messages, cursor: next } = await search(inbox, 'needle', `&type=messages&limit=5${cursor}`)
    seen.push(...messages.map((message: any) => message.contentPreview))
    if (next === null) break
    cursor = `&cursor=${next}`
    assert.equal((await inbox.get(`/search?q=needle&type=conversations${cursor}`)).status, 400)
    assert.equal((await inbox.get(`/search?q=needles&type=messages${cursor}`)).status, 400)
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 12 }, (_, i) => `needle ${11 - i}`),
  )
  assert.match((await inbox.get('/search?q=needle&cursor=x')).body.message, /^cursor needs type/)
})

test('whatever a person types is text: 200 or 400, never an error', async (t) => {
  const { inbox } = await startApp(t)
  await makeConversation(inbox, { email: 'jane@example.com', subject: 'AND OR NOT NEAR', text: '"quoted" 100% a_b*' })
  const odd = [
    '"',
    "'",
    '""',
    '"AND"',
    'AND',
    'OR',
    'NOT x',
    'NEAR(a b)',
    'a AND',
    '(',
    ')',
    '()',
    '*',
    'a*',
    '^a',
    '-a',
    'a:b',
    '{a b}: c',
  ]
  const odder = [
    '%',
    '_',
    '\\',
    '😀',
    '🏳️‍🌈',
    '👩‍👩‍👧',
    '\u0301',
    'a\u0301\u0302',
    '‮',
    '\u200b',
    '東',
    'ا',
    '\uffff',
    '\ue000',
    '; drop table x',
    '`',
    '[',
    '..',
  ]
  const long = [
    'x'.repeat(256),
    'a '.repeat(128),
    '東'.repeat(256),
    '"'.repeat(256),
    '1'.repeat(256),
    '+'.repeat(256),
    'é'.repeat(256),
  ]
  for (const q of [...odd, ...odder, ...long]) {
    const { status } = await inbox.get(`/search?q=${encodeURIComponent(q)}`)
    assert.equal(status, 200, q)
  }
  assert.equal((await search(inbox, 'and or not near')).conversations.length, 1)
  assert.equal((await search(inbox, '100%')).messages.length, 1)
  for (const q of ['', ' ', '\t\n', 'x'.repeat(257), 'a\0b']) {
    const { status, body } = await inbox.get(`/search?q=${encodeURIComponent(q)}`)
    assert.equal(status, 400, JSON.stringify(q))
    assert.match(body.message, /^(q|The query) must/)
  }
  assert.equal((await inbox.get('/search')).body.message, 'q is required.')
  assert.equal((await inbox.get('/search?q=%ff')).status, 400)
  for (const limit of [0, 51, 'x'])
    assert.match((await inbox.get(`/search?q=a&limit=${limit}`)).body.message, /from 1 to 50/)
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), async (q) => {
      const { status } = await inbox.get(`/search?q=${encodeURIComponent(q)}`)
      assert.ok(status === 200 || status === 400)
    }),
    { numRuns: 300 },
  )
})

test('a contact is found by any word of its name and by its address, whatever they are', async (t) => {
  const { inbox } = await startApp(t)
  let n = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.stringMatching(/^[\p{L}\p{N}]{1,12}$/u), { minLength: 1, maxLength: 4 }),
      async (words) => {
        const email = `person${(n += 1)}@example.com`
        const { id } = await makeContact(inbox, { email, name: words.join(' ') })
        for (const q of [words[0]!, words.join(' '), email]) {
          const { contacts } = await search(inbox, q, '&limit=50&type=contacts')
          assert.ok(
            contacts.some((contact: any) => contact.id === id),
            `${q} for ${words.join(' ')}`,
          )
        }
      },
    ),
    { numRuns: 100 },
  )
})

test('whatever is made, changed and erased at the same moment, everything is found by its words and nothing else is', async (t) => {
  const { inbox, db } = await startApp(t)
  const name = fc
    .tuple(fc.constantFrom('Jane', 'John'), fc.constantFrom('Doe', 'Roe', 'Poe'))
    .map((words) => words.join(' '))
  const kinds = fc.constantFrom('make', 'make', 'change', 'change', 'erase')
  let n = 0
  let ids: string[] = []
  const act = async (kind: string, name: string, chosen: number) => {
    const id = ids[chosen % Math.max(1, ids.length)]
    if (kind === 'make') ids.push((await makeContact(inbox, { email: `person${(n += 1)}@example.com`, name })).id)
    else if (id && kind === 'change') await inbox.patch(`/contacts/${id}`, { name })
    else if (id) {
      ids = ids.filter((other) => other !== id)
      await inbox.delete(`/contacts/${id}`)
    }
  }
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(kinds, name, fc.nat(100)), { minLength: 2, maxLength: 12 }), async (acts) => {
      await Promise.all(acts.map((each) => act(...each)))
      assert.deepEqual(await check(db, { repair: false }), [])
    }),
    { numRuns: 30 },
  )
})

test("a search never shows another workspace's rows, the same word in all", async (t) => {
  const { inbox, newInbox } = await startApp(t)
  const inboxes = [inbox, ...(await Promise.all(Array.from({ length: 40 }, () => newInbox())))]
  const made = await Promise.all(
    inboxes.map((each, i) =>
      makeConversation(each, { email: `w${i}@example.com`, subject: 'shared word', text: 'shared word' }),
    ),
  )
  for (const [i, each] of inboxes.entries()) {
    const results = await search(each, 'shared')
    assert.deepEqual(
      [results.conversations.map((c: any) => c.id), results.messages.map((m: any) => m.id)],
      [[made[i]!.id], [made[i]!.messageId]],
    )
    assert.equal((await search(each, 'w')).contacts.length, 1)
  }
})
