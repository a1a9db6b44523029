import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readConfig, Refusal } from '../server/config.ts'
import { serve } from '../server/main.ts'
import { showProgress } from '../server/progress.ts'
import { inviteFirstAdmin } from '../server/welcome.ts'
import { createChannel } from '../server/channels/change.ts'
import { openData } from './data.ts'
import { generate } from './generate.ts'

const messagesOfAContact = 5

const help = `npm run demo [-- --contacts N]

Fills a throwaway inbox with made-up people and their conversations and serves it on HOST and PORT, with an API key
and a link to its page.
Ctrl-C ends it and removes it.

  --contacts N  2000 unless said
`

const { values } = parseArgs({
  options: { contacts: { type: 'string', default: '2000' }, help: { type: 'boolean', short: 'h' } },
})

const fill = async (env: { DATA_DIR: string }, contacts: number) => {
  const db = await openData(env)
  const { show, end } = showProgress()
  const made = await generate(db, {
    contacts,
    messages: contacts * messagesOfAContact,
    workspaces: 1,
    seed: 1,
    onProgress: (table, stored, of) => show(() => `${stored} of ${of} ${table}`),
  })
  end()
  const { workspaceId } = made.key
  const { token } = await db.transaction(async (tx) => {
    await createChannel(tx, workspaceId, { kind: 'EMAIL', name: 'Help', email: 'help@example.com', isOperators: true })
    return inviteFirstAdmin(tx, workspaceId)
  })
  await db.close()
  return { ...made.key, token }
}

const demonstrate = async (): Promise<void> => {
  const DATA_DIR = mkdtempSync(join(tmpdir(), 'support-inbox-demo-'))
  process.on('exit', () => rmSync(DATA_DIR, { recursive: true, force: true }))
  const end = () => process.exit(1)
  process.on('SIGINT', end).on('SIGTERM', end)
  const { workspaceId, secret, token } = await fill({ DATA_DIR }, Number(values.contacts))
  // from here on the server ends the process, when it has answered everybody
  process.off('SIGINT', end).off('SIGTERM', end)
  Object.assign(process.env, { LOG_LEVEL: 'error', ...process.env, DATABASE_URL: '', DATA_DIR })
  const address = await serve(readConfig(process.env), { asJson: false, isDemo: true }).catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  })
  if (address === undefined) return
  const path = `/v1/workspaces/${workspaceId}/support/inbox`
  process.stdout.write(
    [
      `This is a demo: ${values.contacts} made-up contacts, gone when you press Ctrl-C. No mail leaves it.`,
      '',
      '  Open this first, and say who you are:',
      `  ${address}/invitation/${token}`,
      '',
      '  The API:',
      `  curl -s "${address}${path}/customers" -H "Authorization: Bearer ${secret}"`,
      '',
    ].join('\n'),
  )
}

if (values.help) process.stdout.write(help)
else await demonstrate()
