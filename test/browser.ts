import type { TestContext } from 'node:test'
import { chromium, type Browser } from 'playwright-core'

/** A real Chromium with a fresh profile that reaches nothing outside this machine; gone when the test ends. */
export const startBrowser = async (t: TestContext): Promise<Browser> => {
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    timeout: 60_000,
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
  t.after(() => browser.close())
  return browser
}
