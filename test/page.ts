import type { TestContext } from 'node:test'
import axe from 'axe-core'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { join } from './agents.ts'
import { startBrowser } from './browser.ts'
import { build } from './built.ts'
import { startRelay } from './relay.ts'
import { startMail } from './smtp.ts'

interface Somebody extends BrowserContextOptions {
  role?: 'ADMIN' | 'AGENT'
  /** Where the page is reached instead of at the server itself. */
  at?: string
}

/** The inbox page as it is served, with real mail in and out and a browser. */
export const startPage = async (t: TestContext, mail: Parameters<typeof startMail>[1] = {}) => {
  await build()
  // first, so that it is gone before the server that its pages hold on to
  const browser = await startBrowser(t)
  const started = await startMail(t, mail)
  const address = await started.app.listen({ port: 0, host: '127.0.0.1' })

  /** Somebody who answers, signed in at a computer of their own. Nothing that a page complains of goes unnoticed. */
  const agent = async (name: string, { role = 'ADMIN', at = address, ...options }: Somebody = {}) => {
    const person = await join(started, started.inbox, { name, role })
    const context = await browser.newContext({
      locale: 'en',
      viewport: { width: 1280, height: 800 },
      reducedMotion: 'reduce',
      ...options,
    })
    await context.addCookies([{ name: 'session', value: person.session, url: at }])
    const said: string[] = []
    context.on('console', (message) => ['error', 'warning'].includes(message.type()) && said.push(message.text()))
    context.on('weberror', (error) => said.push(String(error.error())))
    const page = await context.newPage()
    await page.goto(at)
    return {
      ...person,
      context,
      page,
      go: async (path: string, heading: string) => {
        await page.goto(at + path)
        await page.getByRole('heading', { name: heading }).first().waitFor()
      },
      /** Without what is expected. */
      complaints: (expected?: RegExp) => said.filter((text) => !expected?.test(text)),
    }
  }
  return { ...started, address, browser, agent, relay: () => startRelay(t, Number(new URL(address).port)) }
}

/** Every text that is cut off at the top or the bottom: of letters such as g and y the part below the line. */
export const cutOffOn = (page: Page): Promise<string[]> =>
  page.evaluate(`
    [...document.querySelectorAll('.truncate')]
      .filter((element) => element.checkVisibility() && element.clientHeight > 0)
      .filter(({ scrollHeight, clientHeight }) => scrollHeight > clientHeight)
      .map((element) => \`\${element.innerText}: \${element.scrollHeight} px in \${element.clientHeight}\`)
  `)

/** One of what a labelled list of choices offers. */
export const pick = async (page: Page, label: string, option: string): Promise<void> => {
  await page.getByLabel(label).click()
  await page.getByRole('option', { name: option, exact: true }).click()
  await page.getByRole('listbox').waitFor({ state: 'detached' })
}

/** What axe finds wrong on the page as it is, by the rules of WCAG 2.2 AA and those of good practice. */
export const violationsOn = async (page: Page): Promise<string[]> => {
  await page.evaluate(axe.source)
  const violations: any[] = await page.evaluate(async () => {
    const { violations } = await (globalThis as any).axe.run({
      resultTypes: ['violations'],
      // not among those that are tried unless said
      rules: { 'target-size': { enabled: true } },
    })
    return violations
  })
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node: any) => `${node.html} ${node.failureSummary}`).join(' ')}`,
  )
}
