import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { before } from 'node:test'
import { promisify } from 'node:util'
import { build } from 'vite'
import { startApp } from '../app.ts'

// The clients that generators make of the description, as somebody makes them who connects a product.

const folder = import.meta.dirname
const generated = join(folder, 'generated')
const run = async (command: string, args: string[], env: Record<string, string> = {}): Promise<void> => {
  const options = { cwd: folder, env: { ...process.env, ...env } }
  await promisify(execFile)(command, args, options).catch((error: Error & { stdout: string; stderr: string }) => {
    throw new Error(`${command} ${args.join(' ')}\n${error.stdout}\n${error.stderr}`)
  })
}
const tool = (name: string) => join(folder, 'node_modules/.bin', name)

const generators: Record<string, [string, string[]]> = {
  'openapi-fetch': ['openapi-typescript', ['generated/openapi.json', '-o', 'generated/openapi-fetch.ts']],
  'hey-api': ['openapi-ts', ['-i', './generated/openapi.json', '-o', 'generated/hey-api', '--no-log-file']],
  orval: ['orval', ['--config', 'orval.config.mjs']],
}

before(async () => {
  if (!existsSync(join(folder, 'node_modules'))) await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'])
  await rm(generated, { recursive: true, force: true })
  await mkdir(generated)
})

test('generated clients compile, and list, create, get, search and reply with a file', async (t) => {
  const { app, newInbox } = await startApp(t)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  await writeFile(join(generated, 'openapi.json'), (await app.inject({ url: '/openapi.json' })).body)
  for (const [name, args] of Object.values(generators)) await run(tool(name), args)
  await run(tool('tsc'), ['-p', '.'])
  for (const name of Object.keys(generators))
    await t.test(name, async () => {
      const inbox = await newInbox()
      await inbox.post('/conversations', { email: 'jane@example.com', subject: 'Order', contentText: 'Hi' })
      const { secret } = await inbox.as({ scope: 'api_user' })
      await bundle(name)
      const env = { INBOX_URL: url, INBOX_KEY: secret, INBOX_WORKSPACE: inbox.workspaceId }
      await run(process.execPath, [join(generated, `${name}.mjs`)], env)
    })
})

const bundle = (name: string) =>
  build({
    configFile: false,
    root: folder,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: {
      ssr: join(folder, 'use', `${name}.ts`),
      outDir: generated,
      emptyOutDir: false,
      target: 'node24',
      rolldownOptions: { output: { entryFileNames: `${name}.mjs` } },
    },
  })
