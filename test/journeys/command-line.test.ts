import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freshFolder } from '../app.ts'
import { mail, mbox } from '../make.ts'
import { command, startServer } from '../process.ts'

const corpus = join(import.meta.dirname, '../../../shared/corpora')

const mails = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    mail(
      {
        From: `Person ${i % 97} <person${i % 97}@example.com>`,
        To: 'help@team.example',
        Subject: `Question ${i}`,
        Date: new Date(Date.UTC(2010, 0, 1) + i * 3_600_000).toUTCString(),
        'Message-ID': `<${i}@example.com>`,
      },
      `Question number ${i} about invoices, deliveries and other matters.\n`.repeat(10),
    ),
  )

test('each command has help; what is wrong is said in one sentence with exit code 2', async (t) => {
  const env = { DATA_DIR: join(await freshFolder(t), 'data') }
  const early = await command(['keys', 'list'], { env })
  assert.deepEqual([early.code, early.stderr.split('. ')[0]], [1, `There is no database in ${env.DATA_DIR}`])
  await command(['workspaces', 'create', '--name', 'First'], { env })
  const overview = await command(['--help'], { env })
  const names = [...overview.stdout.matchAll(/npx support-inbox ([a-z]+(?: [a-z]+)?)/g)].map(([, name]) => name!.trim())
  assert.deepEqual(names, [
    'serve',
    'workspaces create',
    'workspaces list',
    'agents create',
    'agents list',
    'agents invite',
    'agents disable',
    'keys create',
    'keys list',
    'keys revoke',
    'channels create',
    'channels list',
    'channels delete',
    'domains list',
    'domains allow',
    'domains remove',
    'reports list',
    'reports show',
    'reports delete',
    'import',
    'check',
    'doctor',
    'backup',
    'compact',
    'move',
  ])
  const page = await readFile(join(import.meta.dirname, '../../docs/command-line.md'), 'utf8')
  for (const name of names) {
    const { code, stdout } = await command([...name.split(' '), '--help'], { env })
    assert.equal(code, 0)
    assert.ok(page.includes(stdout), `docs/command-line.md shows the help of ${name}`)
    assert.match(stdout, new RegExp(`npx support-inbox ${name}[^]*--json[^]*--help`))
  }
  for (const [words, sentence] of [
    [['fly'], /^There is no command fly\. See: npx support-inbox --help\n$/],
    [['keys'], /^keys needs one of: create, list, revoke\. See/],
    [['keys', 'create'], /^--workspace is needed\. See: npx support-inbox keys create --help\n$/],
    [['keys', 'create', '--workspace', 'wrk_x', '--scope', 'admin'], /^--scope must be user, api_user or mail/],
    [
      ['keys', 'create', '--workspace', 'wrk_x', '--scope', 'user'],
      /^A user key stands for an agent: add --agent NAME/,
    ],
    [['channels', 'create', '--workspace', 'x', '--kind', 'FAX', '--name', 'x'], /^--kind must be EMAIL, CHAT or FORM/],
    [
      ['channels', 'create', '--workspace', 'x', '--kind', 'EMAIL', '--name', 'x', '--email', 'nobody'],
      /^--email nobody is not an email address/,
    ],
    [['keys', 'revoke'], /^ID is needed/],
    [['workspaces', 'create', '--name', ' '], /^--name must not be blank/],
    [['workspaces', 'list', '--nmae'], /^Unknown option '--nmae'/],
    [['workspaces', 'list', 'all'], /^"all" is one word too many/],
  ] as const) {
    const { code, stderr, stdout } = await command([...words], { env })
    assert.deepEqual([code, stdout], [2, ''], words.join(' '))
    assert.match(stderr, sentence)
  }
})

test('workspaces and keys are made beside a running server, and a revoked key stops within a second', async (t) => {
  const env = { DATA_DIR: join(await freshFolder(t), 'data') }
  const server = await startServer(t, env)
  const workspace = (await command(['workspaces', 'create', '--name', 'Acme', '--json'], { env })).json()
  assert.deepEqual(workspace, { id: workspace.id, name: 'Acme' })
  const { workspaces } = (await command(['workspaces', 'list', '--json'], { env })).json()
  assert.deepEqual(
    workspaces.map(({ name }: any) => name),
    ['Support', 'Acme'],
  )
  const create = ['keys', 'create', '--workspace', workspace.id, '--json']
  const program = (
    await command([...create, '--scope', 'api_user', '--name', 'crm', '--expires', '90d'], { env })
  ).json()
  const days = (Date.parse(program.expiresAt) - Date.parse(program.createdAt)) / 86_400_000
  assert.deepEqual([program.scope, program.name, program.agentId, Math.round(days)], ['api_user', 'crm', null, 90])
  const ada = (await command([...create, '--scope', 'user', '--agent', 'Ada'], { env })).json()
  const adaAgain = (await command([...create, '--scope', 'user', '--agent', 'Ada'], { env })).json()
  assert.match(ada.agentId, /^agt_/)
  assert.equal(ada.agentId, adaAgain.agentId)
  const list = (await command(['keys', 'list', '--workspace', workspace.id, '--json'], { env })).stdout
  assert.equal(JSON.parse(list).keys.length, 3)
  assert.ok(!list.includes(program.key))

  const ask = () =>
    fetch(`${server.address}/v1/workspaces/${workspace.id}/support/inbox/agents`, {
      headers: { authorization: `Bearer ${program.key}` },
    })
  assert.equal((await ask()).status, 200)
  const revoked = await command(['keys', 'revoke', program.id, '--json'], { env })
  await sleep(500)
  assert.equal((await ask()).status, 401)
  const twice = await command(['keys', 'revoke', program.id, '--json'], { env })
  assert.deepEqual(twice.json(), revoked.json())
})

test('an import beside a running server fails no request, and killed half-way it is simply repeated', async (t) => {
  const folder = await freshFolder(t)
  const env = { DATA_DIR: join(folder, 'data') }
  const server = await startServer(t, env)
  const { key, workspaceId } = server
  const archive = join(folder, 'archive.mbox')
  await writeFile(archive, mbox(mails(1500)))
  const inbox = `${server.address}/v1/workspaces/${workspaceId}/support/inbox`
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }

  const { spawn } = await import('node:child_process')
  const killed = spawn(
    process.execPath,
    [join(import.meta.dirname, '../../bin/support-inbox.mjs'), 'import', archive, '--workspace', workspaceId],
    {
      env: { ...process.env, ...env },
      stdio: 'ignore',
    },
  )
  const countOf = async () =>
    ((await (await fetch(`${inbox}/search?q=question&type=messages&limit=50`, { headers })).json()) as any).results
      .messages.length
  for (let tries = 0; (await countOf()) < 50 && tries < 100; tries++) await sleep(50)
  killed.kill('SIGKILL')

  const report = join(folder, 'report.json')
  const importing = command(['import', archive, '--workspace', workspaceId, '--json', '--report', report], { env })
  const state = { isDone: false }
  const statuses: number[] = []
  const asking = (async () => {
    for (let i = 0; !state.isDone; i++) {
      const body = JSON.stringify({ email: `beside${i}@example.com` })
      for (const answer of [
        await fetch(`${inbox}/contacts`, { method: 'POST', headers, body }),
        await fetch(`${inbox}/customers`, { headers }),
      ]) {
        statuses.push(answer.status)
        await answer.text()
      }
    }
  })()
  const result = (await importing).json()
  state.isDone = true
  await asking
  assert.deepEqual([result.read, result.stored + result.duplicates, result.failed], [1500, 1500, 0])
  assert.ok(result.stored > 0 && result.duplicates > 0, JSON.stringify(result))
  assert.ok(statuses.length > 10 && statuses.every((status) => status === 200 || status === 201))
  const written = JSON.parse(await readFile(report, 'utf8'))
  assert.equal(written.alreadyThere.length, result.duplicates)

  const checked = await command(['check', '--json'], { env })
  assert.deepEqual([checked.code, checked.json().differences], [0, []])
})

test('imported conversations are closed, or open with --open; --own tells what went out', async (t) => {
  const folder = await freshFolder(t)
  const env = { DATA_DIR: join(folder, 'data') }
  const server = await startServer(t, env)
  const { key, workspaceId } = server
  const importOne = async (name: string, headers: Record<string, string>, ...options: string[]) => {
    const path = join(folder, `${name}.eml`)
    await writeFile(path, mail({ 'Message-ID': `<${name}@example.com>`, ...headers }))
    assert.equal((await command(['import', path, '--workspace', workspaceId, ...options], { env })).code, 0)
  }
  await importOne('closed', { From: 'closed@example.com' })
  await importOne('open', { From: 'open@example.com' }, '--open')
  await importOne(
    'sent',
    { From: 'Help <help@team.example>', To: 'customer@example.com' },
    '--own',
    'HELP@team.example',
  )
  const headers = { authorization: `Bearer ${key}` }
  const url = `${server.address}/v1/workspaces/${workspaceId}/support/inbox/conversations`
  const { conversations } = (await (await fetch(url, { headers })).json()) as any
  const found = conversations.items
    .map(({ contact, status, isUnread }: any) => [contact.email, status, isUnread])
    .sort()
  assert.deepEqual(found, [
    ['closed@example.com', 'CLOSED', false],
    ['customer@example.com', 'CLOSED', false],
    ['open@example.com', 'OPEN', false],
  ])
})

test('import says what it cannot read', async (t) => {
  const folder = await freshFolder(t)
  const env = { DATA_DIR: join(folder, 'data') }
  const { id } = (await command(['workspaces', 'create', '--name', 'A', '--json'], { env })).json()
  const text = join(folder, 'data.bin')
  await writeFile(text, 'nothing')
  for (const [words, code, sentence] of [
    [[join(folder, 'none')], 1, /^There is nothing at .+none\.\n$/],
    [
      [text],
      1,
      /is not known to be importable: expected an mbox file, a \.eml, \.emlx or \.msg file, a \.csv file, or a folder of mails\.\n$/,
    ],
    [[folder, '--own', 'nobody'], 2, /^--own nobody: that is not an email address/],
    [[folder, '--map', 'a=b'], 2, /^--map a=b: it must be COLUMN=FIELD/],
    [[], 2, /^FILE\|FOLDER is needed/],
  ] as const) {
    const result = await command(['import', ...words, '--workspace', id], { env })
    assert.equal(result.code, code)
    assert.match(result.stderr, sentence)
  }
  for (const words of [
    ['keys', 'revoke', 'key_x'],
    ['keys', 'create', '--workspace', 'wrk_x', '--scope', 'api_user'],
  ]) {
    const result = await command(words, { env })
    assert.equal(result.code, 1)
    assert.match(result.stderr, /^There is no (key|workspace) \w+_x: "\w+ list" shows them\.\n$/)
  }
  const csv = join(folder, 'contacts.csv')
  await writeFile(csv, 'email,name,shoe size\na@example.com,A,42\nbad,B,43\n')
  const unwritable = await command(['import', csv, '--workspace', id, '--report', join(folder, 'no/where')], { env })
  assert.deepEqual([unwritable.code, unwritable.stderr.split(':')[0]], [1, 'The report cannot be written'])
  const unmapped = await command(['import', csv, '--workspace', id, '--map', 'Foo=name'], { env })
  assert.match(unmapped.stderr, /: The mapping names the column Foo, and the file has none of that name\./)
  const { stdout, code } = await command(['import', csv, '--workspace', id], { env })
  assert.equal(code, 0)
  assert.equal(
    stdout,
    [
      '2 read, 1 stored, 0 already there, 1 failed.',
      '1 new contacts, 0 new conversations.',
      'Columns that were not used: shoe size. Use them with --map "COLUMN=FIELD".',
      '  failed: line 3: "bad" is not an email address',
      '',
    ].join('\n'),
  )
})

test('a backup made while the server writes starts as a server of its own and gives the same answers', async (t) => {
  const folder = await freshFolder(t)
  const env = { DATA_DIR: join(folder, 'data') }
  const server = await startServer(t, env)
  const { key, workspaceId } = server
  const archive = join(folder, 'archive.mbox')
  await writeFile(archive, mbox(mails(200)))
  await command(['import', archive, '--workspace', workspaceId], { env })
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const ask = async (address: string, path: string) =>
    (await fetch(`${address}/v1/workspaces/${workspaceId}/support/inbox${path}`, { headers })).text()

  const backup = join(folder, 'backup.db')
  const state = { isDone: false }
  const writing = (async () => {
    for (let i = 0; !state.isDone; i++) {
      const body = JSON.stringify({ email: `later${i}@example.com` })
      await fetch(`${server.address}/v1/workspaces/${workspaceId}/support/inbox/contacts`, {
        method: 'POST',
        headers,
        body,
      })
    }
  })()
  const made = await command(['backup', backup, '--json'], { env })
  state.isDone = true
  await writing
  assert.equal(made.code, 0)
  assert.deepEqual(Object.keys(made.json()), ['file', 'bytes'])
  assert.equal(
    (await command(['backup', backup], { env })).stderr,
    `${backup} is there already: name a file that is not.\n`,
  )
  assert.ok(!existsSync(`${backup}.unfinished`))

  const restored = join(folder, 'restored')
  await mkdir(restored)
  await cp(backup, join(restored, 'support-inbox.db'))
  const second = await startServer(t, { DATA_DIR: restored })
  for (const path of ['/search?q=person42', '/search?q=deliveries&type=messages', '/conversations?limit=100'])
    assert.equal(await ask(second.address, path), await ask(server.address, path))
  assert.equal(
    (await command(['check'], { env: { DATA_DIR: restored } })).stdout,
    'Search index of version 2: ACTIVE.\nNothing differs.\n',
  )
})

test(
  'a real archive of 1,000 mails is imported completely, and every sender is found',
  { skip: existsSync(corpus) ? false : 'the corpus is not here' },
  async (t) => {
    const folder = await freshFolder(t)
    const env = { DATA_DIR: join(folder, 'data') }
    const { id } = (await command(['workspaces', 'create', '--name', 'A', '--json'], { env })).json()
    const archive = ['import', join(corpus, 'ham-1.mbox'), '--workspace', id, '--json']
    const { read, stored, duplicates, failed } = (await command(archive, { env })).json()
    assert.deepEqual([read, stored + duplicates, failed], [1000, 1000, 0])
    assert.equal((await command(archive, { env })).json().stored, 0)
    const fixtures = (
      await command(['import', join(corpus, 'mail-fixtures'), '--workspace', id, '--json'], { env })
    ).json()
    assert.equal(fixtures.read, fixtures.stored + fixtures.duplicates + fixtures.failed)
    const { key } = (
      await command(['keys', 'create', '--workspace', id, '--scope', 'api_user', '--json'], { env })
    ).json()
    const server = await startServer(t, env)
    const get = async (path: string) =>
      (await (
        await fetch(`${server.address}/v1/workspaces/${id}/support/inbox${path}`, {
          headers: { authorization: `Bearer ${key}` },
        })
      ).json()) as any
    for (let cursor = ''; ;) {
      const { customers } = await get(`/customers?limit=100${cursor}`)
      for (const { contact } of customers.items)
        for (const q of [contact.name.slice(0, 256), contact.email])
          if (!q.endsWith('no-address.invalid') && /[\p{L}\p{N}]/u.test(q)) {
            const { results } = await get(`/search?q=${encodeURIComponent(q)}&limit=50&type=contacts`)
            assert.ok(
              results.contacts.some((found: any) => found.id === contact.id),
              q,
            )
          }
      if (!customers.hasMore) break
      cursor = `&cursor=${customers.cursor}`
    }
    assert.equal((await command(['check'], { env })).stdout, 'Search index of version 2: ACTIVE.\nNothing differs.\n')
  },
)

test('channels are opened, listed and closed', async (t) => {
  const env = { DATA_DIR: join(await freshFolder(t), 'data') }
  const workspace = (await command(['workspaces', 'create', '--name', 'First', '--json'], { env })).json().id
  const create = (...more: string[]) => command(['channels', 'create', '--workspace', workspace, ...more], { env })
  const mail = ['--kind', 'EMAIL', '--name', 'Help', '--email', 'help@example.com']
  const made = (await create(...mail, '--smtp-url', 'smtp://u:hush-hush@localhost', '--json')).json()
  assert.deepEqual([made.kind, made.email, made.smtpUrl], ['EMAIL', 'help@example.com', 'smtp://u@localhost'])
  const again = await create(...mail)
  assert.deepEqual([again.code, again.stderr], [1, 'Another channel of this workspace has this email address.\n'])
  const missing = await create('--kind', 'CHAT', '--name', 'Website')
  assert.deepEqual([missing.code, missing.stderr], [1, 'allowedOrigins is required.\n'])
  const chat = await create('--kind', 'CHAT', '--name', 'Website', '--origin', 'https://shop.example')
  assert.match(
    chat.stdout,
    /^chn_\w{24}  Website\nPublishable key: pk_\w{24}\nIdentity secret, shown this once: \w{43}\n$/,
  )
  const { channels } = (await command(['channels', 'list', '--json'], { env })).json()
  assert.deepEqual(
    channels.map(({ name }: { name: string }) => name),
    ['Help', 'Website'],
  )
  assert.doesNotMatch(JSON.stringify(channels), /hush-hush|secret/)
  assert.match((await command(['channels', 'delete', made.id], { env })).stdout, /Help is closed/)
  assert.equal((await command(['channels', 'delete', made.id], { env })).code, 1)
  assert.equal((await create(...mail)).code, 0)
})

test('an agent is added, let in and shut out from the command line, beside a running server', async (t) => {
  const env = { DATA_DIR: join(await freshFolder(t), 'data'), PUBLIC_URL: 'https://inbox.example' }
  const server = await startServer(t, env)
  const { workspaceId } = server
  const create = ['agents', 'create', '--workspace', workspaceId, '--email', 'ada@team.example']
  const made = await command([...create, '--name', 'Ada', '--role', 'ADMIN', '--json'], { env })
  const { invitation, ...ada } = made.json()
  assert.deepEqual([ada.name, ada.email, ada.role, ada.status], ['Ada', 'ada@team.example', 'ADMIN', 'INVITED'])
  const again = await command([...create, '--name', 'Other'], { env })
  assert.deepEqual([again.code, again.stderr], [1, 'Another agent of this workspace has this email address.\n'])
  const headers = { 'content-type': 'application/json', origin: 'https://inbox.example' }
  const accept = (url: string) =>
    fetch(url.replace('https://inbox.example/invitation', `${server.address}/v1/invitations`), {
      method: 'POST',
      headers,
      body: JSON.stringify({ password: 'a password of Ada' }),
    })
  const entered = await accept(invitation.url)
  assert.equal(entered.status, 201)
  const cookie = entered.headers.get('set-cookie')!.split(';')[0]!
  const ask = () => fetch(`${server.address}/v1/session`, { headers: { cookie } })
  assert.equal((await ask()).status, 200)
  const refused = await command(['agents', 'disable', ada.id], { env })
  assert.equal(refused.stderr, 'Somebody else has to be an admin who can sign in, first.\n')
  const reset = (await command(['agents', 'invite', ada.id, '--json'], { env })).json()
  assert.equal((await accept(reset.invitation.url)).status, 201)
  assert.equal((await ask()).status, 401)
  const listed = (await command(['agents', 'list', '--workspace', workspaceId, '--json'], { env })).stdout
  assert.deepEqual(
    JSON.parse(listed).agents.map((agent: any) => [agent.name, agent.status]),
    [
      ['Admin', 'INVITED'],
      ['Ada', 'ACTIVE'],
    ],
  )
  assert.ok(!listed.includes('scrypt'))
  const ben = ['agents', 'create', '--workspace', workspaceId, '--email', 'ben@team.example', '--name', 'Ben']
  const { id } = (await command([...ben, '--json'], { env })).json()
  assert.match((await command(['agents', 'disable', id], { env })).stdout, / Ben is disabled\.\n$/)
  assert.match((await command(['agents', 'invite', id], { env })).stderr, /^This agent is disabled/)
})
