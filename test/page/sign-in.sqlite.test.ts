import assert from 'node:assert/strict'
import test from 'node:test'
import { withoutBrowser } from '../browser.ts'
import { tokenIn } from '../agents.ts'
import { startPage, violationsOn } from '../page.ts'

const skip = withoutBrowser()

test(
  'somebody follows the link of an invitation, chooses a password, and later signs in with it',
  { skip },
  async (t) => {
    const { inbox, address, browser, agent } = await startPage(t)
    await agent('Grace')
    const { body } = await inbox.post('/agents', { name: 'Cleo', email: 'cleo@team.example' })
    const context = await browser.newContext({ locale: 'en' })
    const cleo = await context.newPage()
    const url = `${address}/invitation/${tokenIn(body.invitation.url)}`
    await cleo.goto(url)
    await cleo.getByRole('heading', { name: 'Welcome to Support' }).waitFor()
    assert.deepEqual(await violationsOn(cleo), [])
    await cleo.getByLabel('Password').fill('correct horse battery')
    await cleo.getByRole('button', { name: 'Open the inbox' }).click()
    await cleo.getByRole('heading', { name: 'Open' }).waitFor()
    assert.equal(new URL(cleo.url()).pathname, '/inbox/open')
    await cleo.getByRole('button', { name: /^Cleo ?: your account$/ }).click()
    await cleo.getByRole('menuitem', { name: 'Sign out' }).click()
    await cleo.getByRole('heading', { name: 'Sign in' }).waitFor()
    assert.deepEqual(await violationsOn(cleo), [])
    await cleo.getByLabel('Email').fill('cleo@team.example')
    await cleo.getByLabel('Password').fill('wrong horse battery')
    await cleo.keyboard.press('Enter')
    await cleo.getByRole('alert').waitFor()
    assert.equal(await cleo.getByLabel('Email').inputValue(), 'cleo@team.example')
    await cleo.getByLabel('Password').fill('correct horse battery')
    await cleo.keyboard.press('Enter')
    await cleo.getByRole('heading', { name: 'Open' }).waitFor()
    // an agent has no settings of the workspace
    await cleo.goto(`${address}/settings/keys`)
    await cleo.getByText('Only admins can open this').waitFor()
    await cleo.getByText('Ask Grace.').waitFor()
    await cleo.goto(url)
    await cleo.getByText('This link does not work any more').waitFor()
    await context.close()
  },
)
