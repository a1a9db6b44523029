import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { chromium, type Browser } from 'playwright-core'

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** What `skip` of a test is told: false, or why there is no browser. Root installs it where Debian's packages are. */
export const withoutBrowser = (): string | false => {
  if (!existsSync(executablePath) && process.getuid?.() === 0) {
    spawnSync('apt-get', ['update', '-q'])
    spawnSync('apt-get', ['install', '-q', '-y', '--no-install-recommends', 'chromium'])
  }
  return existsSync(executablePath) ? false : `not run: there is no Chromium at ${executablePath} (set CHROMIUM)`
}

/**
 * A real Chromium with a fresh profile that reaches nothing outside this machine; gone when the test ends, which tells what
 * was to be seen if it failed.
 */
export const startBrowser = async (t: TestContext): Promise<Browser> => {
  const browser = await chromium.launch({
    executablePath,
    timeout: 60_000,
    // without one it can give a saved file no name that is not ASCII
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
    args: [
      // Chromium refuses to run as root with a sandbox
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
    ],
  })
  t.after(async () => {
    // the types do not know it yet
    const { passed } = t as TestContext & { passed: boolean }
    if (!passed)
      for (const page of browser.contexts().flatMap((context) => context.pages()))
        t.diagnostic(`${page.url()} at the end:\n${await page.locator('body').innerText()}`)
    await browser.close()
  })
  return browser
}
