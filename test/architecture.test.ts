import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import test from 'node:test'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '..')
const files = globSync('{server,widget,web,test,bench,bin}/**/*.{ts,tsx,mjs}', { cwd: root }).filter(
  // what generators make, and what imports it, is bundled: test/clients
  (file) => !/node_modules|^test\/clients\/(generated|use)\//.test(file),
)
const textOf = (file: string) => readFileSync(join(root, file), 'utf8')

const atOnce = /^(?:import|export)\s+(type\s)?[^'";]*?from '(\.[^']+)'/gm
// what a test hands to another process is in no place of its own
const whenever = new RegExp(`${atOnce.source}|\\bimport\\('(\\.[^']+)'\\)`, 'gm')

/**
 * The project's files that a file imports, at once or when it needs them; types only count as well, for they tell as much
 * of who knows whom.
 */
const importsOf = (file: string, { types = true } = {}): string[] =>
  [...textOf(file).matchAll(file.endsWith('.test.ts') ? atOnce : whenever)]
    .filter(([, type]) => types || !type)
    .map(([, , path, later]) => normalize(join(dirname(file), (path ?? later)!.replace(/\?(url|inline)$/, ''))))

/** Features in the order in which app.ts mentions them: the higher may be imported by the lower. */
const features = [...textOf('server/app.ts').matchAll(/^ {4,6}(?:await )?(\w+)Routes\(/gm)].map(([, name]) => name!)
const folderOf: Record<string, string> = {
  workspace: 'workspaces',
  agent: 'agents',
  session: 'sessions',
  key: 'keys',
  savedReply: 'saved-replies',
  channel: 'channels',
  contact: 'contacts',
  conversation: 'conversations',
  message: 'messages',
  form: 'forms',
  import: 'imports',
}
const order = [
  ...new Set(['workspaces', 'agents', 'sessions', 'keys', ...features.map((name) => folderOf[name] ?? name), 'check']),
]

test('no file imports itself, however far around', () => {
  const done = new Set<string>()
  const visit = (file: string, path: string[]) => {
    assert.ok(!path.includes(file), `a cycle: ${[...path, file].join(' → ')}`)
    if (done.has(file)) return
    for (const imported of importsOf(file, { types: false })) visit(imported, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
})

test('every import names a file that is there', () => {
  for (const file of files)
    for (const imported of importsOf(file)) {
      const isThere = /\.(css|json)$/.test(imported) ? existsSync(join(root, imported)) : files.includes(imported)
      assert.ok(isThere, `${file} imports ${imported}`)
    }
})

test('a feature imports only from features above it', () => {
  assert.ok(order.length >= 7)
  const featureOf = (file: string) => order.indexOf(file.split('/')[1]!)
  const wrong = files
    .filter((file) => file.startsWith('server/') && !file.endsWith('.test.ts') && featureOf(file) !== -1)
    .flatMap((file) => importsOf(file).map((imported) => ({ file, imported })))
    .filter(({ file, imported }) => imported.startsWith('server/') && featureOf(imported) > featureOf(file))
    .map(({ file, imported }) => `${file} → ${imported}`)
  assert.deepEqual(wrong, [])
})

test('no file only hands on what others export', () => {
  for (const file of files) {
    assert.doesNotMatch(file, /(^|\/)index\.ts$/)
    const lines = textOf(file)
      .split('\n')
      .filter((line) => line.trim() !== '')
    assert.ok(
      lines.some((line) => !/^(export|import) .*from '/.test(line)),
      file,
    )
  }
})

test('what is particular to an engine stands only where it may', () => {
  const particular: [may: RegExp, what: RegExp][] = [
    [/^server\/(db\/|search\/sqlite\.ts)/, /node:sqlite|\browid\b|\bpragma\b|json_each/i],
    [/^server\/(db\/|search\/postgres\.ts)/, /from 'pg'|tsvector|tsquery|::[a-z]|pg_\w+\(/],
  ]
  for (const [may, what] of particular)
    for (const file of files.filter(
      (name) => name.startsWith('server/') && !name.endsWith('.test.ts') && !may.test(name),
    ))
      assert.doesNotMatch(textOf(file), what, file)
})

test("only the WAL is opened by us: a descriptor of the database or the -shm file would drop SQLite's locks", () => {
  // the scrub has a process of its own, whose only locks are those of its own connection
  const others = /\/(sqlite-backup|scrub-process)\.ts$/
  assert.ok(
    !files.some((file) => importsOf(file).includes('server/db/scrub-process.ts') && !file.endsWith('/scrubber.ts')),
  )
  for (const file of files.filter((name) => /^server\/db\/.*(?<!\.test)\.ts$/.test(name) && !others.test(name)))
    for (const [line] of textOf(file).matchAll(/^.*\bopenSync\(.*$/gm))
      assert.match(line, /-wal`|dirname\(folder\)/, `${file}: ${line}`)
})

test('the server and its commands do without undici, which some way of importing node:http would load', async () => {
  const loaded = `
    await import('./server/main.ts')
    const { runCli } = await import('./server/cli.ts')
    await runCli(['--help'])
    await import('./server/db/postgres.ts')
    await import('./server/imports/import-file.ts')
    await import('./server/imports/import-contacts.ts')
    const { createSmtpConnection, composeMail, createSmtpServer } = await import('./server/email/libraries.ts')
    createSmtpConnection({})
    composeMail({})
    createSmtpServer({})
    console.log(process.moduleLoadList.filter((name) => /undici|internal.http/.test(name)).join())`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', loaded], { cwd: root })
  const list = stdout.trim().split('\n').at(-1)!
  assert.match(list, /http/)
  assert.doesNotMatch(list, /undici/)
})

/** Files of packages that one of our files brings along. */
const packagesOf = async (file: string): Promise<string> => {
  const loaded = `
    import { registerHooks } from 'node:module'
    registerHooks({
      load: (url, context, next) => {
        if (url.includes('node_modules')) console.log(url.replace(/^.*node_modules./, ''))
        return next(url, context)
      },
    })
    await import('./${file}')`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', loaded], { cwd: root })
  return stdout
}

test('what most servers do not need is loaded when it is first used', async () => {
  const packages = await packagesOf('server/main.ts')
  assert.match(packages, /^fastify/m)
  assert.doesNotMatch(packages, /nodemailer|smtp-server|vite|prometheus|opentelemetry|^pg\b/m)
})

test('an import of mails begins with little: its file and the mails are what takes the time', async () => {
  for (const file of ['server/cli.ts', 'server/imports/command.ts', 'server/imports/import-file.ts'])
    assert.doesNotMatch(await packagesOf(file), /^(typebox|fastify|pg\b|csv-parse)/m)
  const packages = await packagesOf('server/mime/parser-process.ts')
  assert.match(packages, /^iconv-lite/m)
  assert.doesNotMatch(packages, /^(sanitize-html|htmlparser2|postcss)/m)
})

test('no file is longer than 300 lines', () => {
  for (const file of files.filter((name) => !name.endsWith('.test.ts')))
    assert.ok(textOf(file).split('\n').length <= 300, file)
})
