import assert from 'node:assert/strict'
import { fromOwnPage, password, tokenIn } from '../agents.ts'

export const ada = { name: 'Ada', email: 'ada@team.example' }
/** The words of the command that lets her in. */
export const letAdaIn = (workspaceId: string): string[] =>
  `agents create --workspace ${workspaceId} --role ADMIN --name ${ada.name} --email ${ada.email}`.split(' ')

/** What an operator tries first: the page, the chat script, an admin's link, which may ask who they are, signing in. */
export const tryOut = async (address: string, printed: string, who = {}): Promise<void> => {
  const page = await fetch(address)
  assert.equal(page.status, 200)
  const [asset] = /\/assets\/[^"]+\.js/.exec(await page.text())!
  for (const path of [asset, '/embeds/v1/support-widget.js', '/docs/json', '/readyz'])
    assert.equal((await fetch(address + path)).status, 200, path)
  const post = (path: string, body: object) =>
    fetch(`${address}/v1${path}`, {
      method: 'POST',
      headers: { ...fromOwnPage, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const [link] = /\S*\/invitation\/\w{43}/.exec(printed)!
  assert.equal((await post(`/invitations/${tokenIn(link)}`, { ...who, password })).status, 201)
  const signedIn = await post('/sessions', { email: ada.email, password })
  assert.equal(signedIn.status, 201)
  const { workspace } = (await signedIn.json()) as { workspace: { id: string } }
  const [cookie] = signedIn.headers.get('set-cookie')!.split(';')
  const customers = await fetch(`${address}/v1/workspaces/${workspace.id}/support/inbox/customers`, {
    headers: { ...fromOwnPage, cookie: cookie! },
  })
  assert.equal(customers.status, 200)
}

/** Asks until there is an answer; `end` says why there will be none. */
export const answering = async (address: string, end: () => string | undefined): Promise<void> => {
  for (;;) {
    if (
      await fetch(`${address}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return
    const why = end()
    if (why !== undefined) throw new Error(why)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
