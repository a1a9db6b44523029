import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import test from 'node:test'
import { startApp } from '../../test/app.ts'
import { customerWrites, makeContact, makeConversation } from '../../test/make.ts'
import { nextMillisecond } from '../../test/requests.ts'

const jane = { email: 'jane@example.com', name: 'Jane Doe', phone: '+1-555-0123' }

test('the documented create answers the documented fields, and get the same contact', async (t) => {
  const { inbox } = await startApp(t)
  const created = await inbox.post('/contacts', jane)
  assert.equal(created.status, 201)
  const { id, createdAt } = created.body.contact
  assert.match(id, /^ctc_[0-9A-Za-z]{24}$/)
  assert.match(createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.deepEqual(created.body, {
    contact: {
      id,
      email: 'jane@example.com',
      name: 'Jane Doe',
      avatarUrl: null,
      phone: '+1-555-0123',
      status: 'ACTIVE',
      source: 'API',
      lastMessageAt: null,
      lastMessagePreview: null,
      createdAt,
    },
  })
  const got = await inbox.get(`/contacts/${id}`)
  assert.equal(got.status, 200)
  assert.deepEqual(got.body, created.body)
})

test('the customer list has the documented keys, nested as documented', async (t) => {
  const { inbox } = await startApp(t)
  await makeContact(inbox, jane)
  const conversation = await makeConversation(inbox, { email: jane.email })
  const { createdAt } = await customerWrites(inbox, conversation.id, 'Hi, I need help with...')
  const { status, body } = await inbox.get('/customers?limit=10')
  assert.equal(status, 200)
  assert.deepEqual(body, {
    customers: {
      items: [
        {
          contact: {
            id: conversation.contactId,
            email: 'jane@example.com',
            name: 'Jane Doe',
            avatarUrl: null,
            lastMessageAt: createdAt,
            lastMessagePreview: 'Hi, I need help with...',
          },
          latestThread: {
            id: conversation.id,
            status: 'OPEN',
            source: 'API',
            lastMessageAt: createdAt,
            lastMessagePreview: 'Hi, I need help with...',
            unreadCount: 1,
          },
          threadCount: 1,
        },
      ],
      hasMore: false,
      cursor: null,
    },
  })
})

test('the three documented errors are answered letter for letter', async (t) => {
  const { app, inbox, ask } = await startApp(t)
  const only = ({ statusCode, error, message }: Record<string, unknown>) =>
    JSON.stringify({ statusCode, error, message })
  const bad = await inbox.post('/contacts', { email: 'not an address' })
  assert.equal(only(bad.body), '{"statusCode":400,"error":"Bad Request","message":"Invalid email address format."}')
  const missing = await inbox.get('/contacts/ctc_B7OSYsnTUVwBPOGrgYTjvSGS')
  assert.equal(only(missing.body), '{"statusCode":404,"error":"Not Found","message":"Contact not found."}')
  const url = `/v1/workspaces/${inbox.workspaceId}/support/inbox/customers`
  for (const key of [undefined, 'x', `inbox_${'a'.repeat(38)}`, '']) {
    const { status, body } = await ask('GET', url, key === undefined ? {} : { key })
    assert.equal(status, 401)
    assert.equal(
      only(body),
      '{"statusCode":401,"error":"Unauthorized","message":"Invalid API key. Please double-check and try again."}',
    )
  }
  assert.equal((await app.inject({ url, headers: { authorization: 'Basic eDp5' } })).statusCode, 401)
})

test('the same address in another spelling finds the contact, which stays as it is', async (t) => {
  const { inbox } = await startApp(t)
  const { id } = await makeContact(inbox, { email: 'Jörg@Exämple.com', name: 'Jörg' })
  for (const email of ['jörg@exämple.com', ' JÖRG@EXÄMPLE.COM ', 'jo\u0308rg@xn--exmple-cua.com']) {
    const { status, body } = await inbox.post('/contacts', { email, name: 'Somebody else', phone: '1' })
    assert.deepEqual([status, body.contact.id, body.contact.name, body.contact.phone], [200, id, 'Jörg', null])
  }
  for (const [one, other] of [
    ['J\u030C@example.com', 'ǰ@example.com'],
    ['ΝΙΚΟΣ@example.com', 'νικος@example.com'],
  ])
    assert.equal(
      (await makeContact(inbox, { email: one })).id,
      (await inbox.post('/contacts', { email: other })).body.contact.id,
    )
  await makeContact(inbox, { email: 'mike@example.com' })
  assert.equal((await inbox.post('/contacts', { email: 'mıke@example.com' })).status, 201)
  await makeContact(inbox, { email: 'sam@example.com' })
  for (const email of ['ſam@example.com', 'STRASSE@example.com', 'straße@example.com'])
    assert.equal((await inbox.post('/contacts', { email })).status, 201)
  for (const email of ['jörg+tag@exämple.com', 'j.örg@exämple.com', 'joerg@exämple.com'])
    assert.equal((await inbox.post('/contacts', { email })).status, 201)
})

test('a name that was derived from the address gives way to the first real one, and search follows', async (t) => {
  const { inbox } = await startApp(t)
  const { name } = await makeContact(inbox, { email: 'mary.smith@example.net' })
  assert.equal(name, 'mary.smith')
  const real = await inbox.post('/contacts', { email: 'mary.smith@example.net', name: 'Maria Schmidt' })
  assert.deepEqual([real.status, real.body.contact.name], [200, 'Maria Schmidt'])
  const later = await inbox.post('/contacts', { email: 'mary.smith@example.net', name: 'Third Name' })
  assert.equal(later.body.contact.name, 'Maria Schmidt')
  assert.equal((await inbox.get('/search?q=schmidt')).body.results.contacts.length, 1)
  assert.equal((await inbox.get('/search?q=third')).body.results.contacts.length, 0)
})

test('200 simultaneous creates of one address in different case make one contact', async (t) => {
  const { inbox } = await startApp(t)
  const spell = (i: number) =>
    [...'someone@example.com'].map((c, at) => ((i >> (at % 8)) & 1 ? c.toUpperCase() : c)).join('')
  const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => inbox.post('/contacts', { email: spell(i) })))
  assert.equal(new Set(answers.map(({ body }) => body.contact.id)).size, 1)
  assert.equal(answers.filter(({ status }) => status === 201).length, 1)
  assert.equal(answers.filter(({ status }) => status === 200).length, 199)
})

test('addresses are taken or refused by one grammar', async (t) => {
  const { inbox } = await startApp(t)
  const good = [
    'a@b.co',
    "o'hara+tag@sub.example.org",
    'jane@localhost',
    '用户@例子.公司',
    `${'x'.repeat(64)}@${'y'.repeat(63)}.${'z'.repeat(63)}.example.com`,
  ]
  for (const email of good) assert.equal((await inbox.post('/contacts', { email })).status, 201, email)
  const bad = [
    '',
    ' ',
    'x',
    '@',
    'a@',
    '@b.co',
    'a b@c.co',
    'a@b..co',
    'a@-b.co',
    'a@b.co\nBcc: x@y.z',
    'a,b@c.co',
    '<a@b.co>',
    'b@münchen.de/evil',
    'a@é.com/<x>',
    'c@é\\.com',
    'ctc_x@no-address.invalid',
    'a@b.co, c@d.co',
    'a\u200Bb@c.co',
  ]
  for (const email of bad) {
    const { status, body } = await inbox.post('/contacts', { email })
    assert.deepEqual([status, body.message], [400, 'Invalid email address format.'], email)
  }
})

test('every refusal names the field, and nothing of a refused request is stored', async (t) => {
  const { inbox } = await startApp(t)
  const refused: [body: unknown, sentence: RegExp][] = [
    [{}, /^email is required\.$/],
    [{ email: null }, /^email must be a string\.$/],
    [{ email: ['a@b.co'] }, /^email must be a string\.$/],
    [{ email: 'a@b.co', name: 5 }, /^name must be/],
    [{ email: 'a@b.co', name: null }, /^name must be/],
    [{ email: 'a@b.co', name: '  ' }, /^name must be one line/],
    [{ email: 'a@b.co', name: 'x'.repeat(257) }, /^name must be one line of 1 to 256/],
    [{ email: 'a@b.co', name: 'Jane\r\nBcc: all@example.com' }, /^name must be one line/],
    [{ email: 'a@b.co', phone: 'none' }, /^phone must hold a digit/],
    [{ email: 'a@b.co', phone: '1'.repeat(41) }, /^phone must hold a digit and at most 40/],
    [{ email: 'a@b.co', avatarUrl: 'http://example.com/a.png' }, /^avatarUrl must be an https URL/],
    [{ email: 'a@b.co', avatarUrl: 'javascript:alert(1)' }, /^avatarUrl must be an https URL/],
    [{ email: 'a@b.co', source: 'IMPORT' }, /^source is not a field/],
    [{ email: 'a@b.co', workspaceId: 'wrk_x' }, /^workspaceId is not a field/],
    ['{"email":"a@b.co","__proto__":{"isAdmin":true}}', /^__proto__ is not a field/],
    [{ email: 'a@b.co', constructor: 1 }, /^constructor is not a field/],
    ['{"email":"a@b.co","email":"c@d.co"}', /^A field is given twice/],
    [[], /^The body must be/],
    ['null', /^The body must be/],
    ['', /^The body must be/],
    ['{"email":', /^The body is not valid JSON/],
    ['{"email":"a@b.co","name":"a\\u0000b"}', /^name must not contain the character NUL/],
    ['{"email":"a@b.co","name":"\\ud800"}', /^name must not contain half of a surrogate pair/],
    [Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), /^The body is not valid UTF-8/],
    [`${'['.repeat(5000)}${']'.repeat(5000)}`, /^The body is nested deeper than 32/],
  ]
  for (const [body, sentence] of refused) {
    const answer = await inbox.post('/contacts', body)
    assert.equal(answer.status, 400, String(sentence))
    assert.match(answer.body.message, sentence)
    assert.equal(answer.body.error, 'Bad Request')
  }
  assert.deepEqual((await inbox.get('/customers')).body.customers.items, [])
  assert.equal(({} as Record<string, unknown>)['isAdmin'], undefined)
})

test('a body may begin with a byte order mark; one that is too large or no JSON is told so', async (t) => {
  const { inbox, app } = await startApp(t)
  assert.equal((await inbox.post('/contacts', '\uFEFF{"email":"bom@example.com"}')).status, 201)
  const large = await inbox.post('/contacts', { email: 'a@b.co', name: 'x'.repeat(1024 * 1024) })
  assert.deepEqual([large.status, large.body.message], [413, 'The body is larger than 1048576 bytes.'])
  const headers = {
    'content-type': 'text/plain',
    authorization: `Bearer ${(await inbox.as({ scope: 'api_user' })).secret}`,
  }
  const url = `/v1/workspaces/${inbox.workspaceId}/support/inbox/contacts`
  const form = await app.inject({ method: 'POST', url, payload: 'email=a@b.co', headers })
  assert.deepEqual([form.statusCode, form.json().code], [415, 'not_json'])
})

test('a contact is changed field by field, null clears, and search follows', async (t) => {
  const { inbox } = await startApp(t)
  const { id } = await makeContact(inbox, jane)
  const changed = await inbox.patch(`/contacts/${id}`, { name: 'Jane Roe', avatarUrl: 'https://example.com/jane.png' })
  assert.deepEqual(
    [changed.status, changed.body.contact.name, changed.body.contact.phone],
    [200, 'Jane Roe', '+1-555-0123'],
  )
  const cleared = await inbox.patch(`/contacts/${id}`, { phone: null, avatarUrl: null, email: 'roe@example.com' })
  assert.deepEqual([cleared.body.contact.phone, cleared.body.contact.avatarUrl], [null, null])
  assert.deepEqual((await inbox.get(`/contacts/${id}`)).body, cleared.body)
  for (const [q, hits] of [
    ['doe', 0],
    ['roe', 1],
    ['5550123', 0],
    ['roe@example.com', 1],
  ] as const)
    assert.equal((await inbox.get(`/search?q=${q}`)).body.results.contacts.length, hits, q)
  assert.equal((await inbox.patch(`/contacts/${id}`, {})).status, 400)
  assert.equal((await inbox.patch('/contacts/ctc_none', { name: 'X' })).body.message, 'Contact not found.')
})

test("an address that another contact has is refused with that contact's id", async (t) => {
  const { inbox } = await startApp(t)
  const owner = await makeContact(inbox, jane)
  const { id } = await makeContact(inbox, { email: 'other@example.com' })
  const { status, body } = await inbox.patch(`/contacts/${id}`, { email: 'JANE@example.com' })
  assert.deepEqual([status, body.contactId, body.error], [409, owner.id, 'Conflict'])
  assert.equal(
    (await inbox.patch(`/contacts/${owner.id}`, { email: 'Jane@Example.com' })).body.contact.email,
    'Jane@Example.com',
  )
})

test('an archived contact is listed and found, filtered by status, and active again when it writes', async (t) => {
  const { inbox } = await startApp(t)
  const conversation = await makeConversation(inbox, { email: jane.email })
  await makeContact(inbox, { email: 'other@example.com' })
  const archived = await inbox.patch(`/contacts/${conversation.contactId}`, { status: 'ARCHIVED' })
  assert.equal(archived.body.contact.status, 'ARCHIVED')
  const emails = async (query: string) =>
    (await inbox.get(`/customers${query}`)).body.customers.items.map((item: any) => item.contact.email).sort()
  assert.deepEqual(await emails(''), ['jane@example.com', 'other@example.com'])
  assert.deepEqual(await emails('?status=ACTIVE'), ['other@example.com'])
  assert.deepEqual(await emails('?status=ARCHIVED'), ['jane@example.com'])
  assert.equal((await inbox.get('/search?q=jane')).body.results.contacts.length, 1)
  await customerWrites(inbox, conversation.id, 'Are you there?')
  assert.deepEqual(await emails('?status=ARCHIVED'), [])
})

test('walking the list at any limit while others write shows every quiet contact exactly once', async (t) => {
  const { inbox } = await startApp(t)
  const quiet: string[] = []
  const busy: string[] = []
  for (let i = 0; i < 40; i++) {
    const { id, contactId } = await makeConversation(inbox, { email: `c${i}@example.com` })
    if (i % 4 === 0) busy.push(id)
    else quiet.push(contactId)
  }
  for (const limit of [1, 3, 7, 100]) {
    const seen: string[] = []
    let cursor: string | null = null
    let turn = 0
    do {
      const { status, body }: any = await inbox.get(`/customers?limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`)
      assert.equal(status, 200)
      assert.equal(body.customers.cursor === null, !body.customers.hasMore)
      seen.push(...body.customers.items.map((item: any) => item.contact.id))
      cursor = body.customers.cursor
      turn += 1
      await customerWrites(inbox, busy[turn % busy.length]!, 'One more thing')
      await makeContact(inbox, { email: `new-${limit}-${turn}@example.com` })
    } while (cursor)
    for (const id of quiet) assert.equal(seen.filter((other) => other === id).length, 1)
    // the newest contact is as new as what happens in its millisecond
    nextMillisecond()
    const woken = await customerWrites(inbox, busy[0]!, 'And another')
    const first = (await inbox.get('/customers?limit=1')).body.customers.items[0]
    assert.equal(first.contact.lastMessageAt, woken.createdAt)
  }
})

test('a cursor that was altered, cut or made for another list is refused; a deleted anchor is not', async (t) => {
  const { inbox, newInbox } = await startApp(t)
  const ids: string[] = []
  for (let i = 0; i < 5; i++) ids.unshift((await makeContact(inbox, { email: `c${i}@example.com` })).id)
  const { cursor } = (await inbox.get('/customers?limit=2')).body.customers
  for (let i = 0; i < cursor.length; i++) {
    const other = cursor[i] === 'A' ? 'B' : 'A'
    const { status } = await inbox.get(`/customers?limit=2&cursor=${cursor.slice(0, i)}${other}${cursor.slice(i + 1)}`)
    assert.equal(status, 400, `byte ${i}`)
  }
  const elsewhere = await newInbox()
  // the checksum is no secret: what it covers is still looked at
  const forged = (anchor: string) =>
    Buffer.concat([
      createHash('sha256')
        .update(JSON.stringify([['customers', inbox.workspaceId, undefined], anchor]))
        .digest()
        .subarray(0, 9),
      Buffer.from(anchor),
    ]).toString('base64url')
  for (const answer of [
    await inbox.get(`/customers?cursor=${cursor.slice(0, -4)}`),
    await inbox.get(`/customers?cursor=${cursor}%20`),
    await inbox.get('/customers?cursor='),
    ...(await Promise.all(
      ['{}', '[]', '[{},1]', '[1,2]', '["a"]', 'null'].map((anchor) =>
        inbox.get(`/customers?cursor=${forged(anchor)}`),
      ),
    )),
    await inbox.get(`/customers?status=ACTIVE&cursor=${cursor}`),
    await inbox.get(`/conversations?cursor=${cursor}`),
    await inbox.get(`/search?q=c&type=contacts&cursor=${cursor}`),
    await elsewhere.get(`/customers?cursor=${cursor}`),
  ])
    assert.deepEqual([answer.status, answer.body.code], [400, 'invalid_cursor'])
  assert.equal((await inbox.delete(`/contacts/${ids[1]}`)).status, 204)
  const next = (await inbox.get(`/customers?limit=2&cursor=${cursor}`)).body.customers
  assert.deepEqual(
    next.items.map((item: any) => item.contact.id),
    [ids[2], ids[3]],
  )
})

test('limits outside 1 to 100 and unknown parameters are refused by name', async (t) => {
  const { inbox } = await startApp(t)
  for (const limit of ['0', '101', '-1', '1.5', 'ten', '', '1e2', '99999999999999999999'])
    assert.match(
      (await inbox.get(`/customers?limit=${limit}`)).body.message,
      /^limit must be a whole number from 1 to 100\.$/,
    )
  assert.match((await inbox.get('/customers?page=2')).body.message, /^page is not a parameter/)
  assert.match((await inbox.post('/contacts?foo=1', { email: 'a@b.co' })).body.message, /^foo is not a parameter/)
  assert.match((await inbox.get('/contacts/ctc_x?foo=1')).body.message, /^foo is not a parameter/)
  assert.match((await inbox.get('/customers?limit=1&limit=2')).body.message, /^limit is given twice/)
  assert.match((await inbox.get('/customers?status=GONE')).body.message, /^status must be one of ACTIVE, ARCHIVED/)
  assert.equal((await inbox.get('/customers?limit=%ff')).status, 400)
  assert.equal((await inbox.get('/customers?limit=100')).status, 200)
})

test("one workspace neither sees nor touches another's contacts", async (t) => {
  const { inbox, newInbox } = await startApp(t)
  const { id } = await makeContact(inbox, jane)
  const other = await newInbox()
  for (const answer of [
    await other.get(`/contacts/${id}`),
    await other.patch(`/contacts/${id}`, { name: 'X' }),
    await other.delete(`/contacts/${id}`),
  ])
    assert.deepEqual([answer.status, answer.body.message], [404, 'Contact not found.'])
  assert.deepEqual((await other.get('/customers')).body.customers.items, [])
  assert.deepEqual((await other.get('/search?q=jane')).body.results.contacts, [])
  const own = await other.post('/contacts', { email: jane.email, name: 'Another Jane' })
  assert.equal(own.status, 201)
  assert.notEqual(own.body.contact.id, id)
  assert.equal((await inbox.get(`/contacts/${id}`)).body.contact.name, 'Jane Doe')
})
