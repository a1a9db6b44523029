import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { promisify } from 'node:util'
import { freshFolder, startApp } from '../../test/app.ts'
import { startBrowser, withoutBrowser } from '../../test/browser.ts'

test('the reference tries a call, and shows it in four languages', { skip: withoutBrowser() }, async (t) => {
  const { app, inbox } = await startApp(t)
  const { secret } = await inbox.as({ scope: 'api_user' })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const browser = await startBrowser(t)
  const page = await browser.newPage()
  const elsewhere: string[] = []
  const problems: string[] = []
  page.on('request', (request) => !request.url().startsWith(url) && elsewhere.push(request.url()))
  page.on('pageerror', (error) => problems.push(String(error)))
  // one style of the library is refused by the policy, and nothing is seen of it
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Applying inline style')) problems.push(message.text())
  })
  await page.goto(`${url}/docs#/Contacts/createContact`)

  await page.getByRole('button', { name: 'Authorize', exact: true }).first().click()
  const key = page.locator('.auth-container', { hasText: 'An API key.' })
  await key.locator('input').fill(secret)
  await key.getByRole('button', { name: 'Apply credentials' }).click()
  await page.locator('.close-modal').click()

  const operation = page.locator('#operations-Contacts-createContact')
  await operation.getByPlaceholder('workspaceId').fill(inbox.workspaceId)
  await operation.locator('textarea').first().fill('{"email": "jane@example.com", "name": "Jane \\"J\\" O\'Hara"}')
  await operation.getByRole('button', { name: 'Execute' }).click()
  await operation.locator('.live-responses-table').getByText('201').first().waitFor()
  const snippets = operation.locator('.request-snippets')
  const textIn = async (language: string) => {
    await snippets.getByText(language, { exact: true }).click()
    return snippets.locator('pre').innerText()
  }
  const folder = await freshFolder(t)
  const run = async (command: string, args: string[]) => {
    const { stdout } = await promisify(execFile)(command, args, { cwd: folder })
    assert.match(stdout, /Jane \\"J\\" O'Hara/, command)
  }
  await run('bash', ['-c', (await textIn('curl')).replace(/^curl/, 'curl -s')])
  await writeFile(join(folder, 'call.mjs'), await textIn('TypeScript'))
  await run(process.execPath, ['call.mjs'])
  const others = { Python: /^import urllib\.request\n/, PHP: /^<\?php\n/ }
  for (const [language, start] of Object.entries(others)) {
    const text = await textIn(language)
    assert.match(text, start)
    assert.ok(text.includes(`Bearer ${secret}`) && text.includes(`/inbox/contacts`), text)
  }
  assert.deepEqual(elsewhere, [])
  assert.deepEqual(problems, [])
})
