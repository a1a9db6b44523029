import assert from 'node:assert/strict'
import type { Answer, Inbox, startApp } from './app.ts'

type Started = Awaited<ReturnType<typeof startApp>>

export const password = 'correct horse battery'
/** What a browser adds to what a page of the server itself asks. */
export const fromOwnPage = { 'sec-fetch-site': 'same-origin' }

export const cookieOf = ({ headers }: Answer): string => /session=(\w+)/.exec(String(headers['set-cookie']))![1]!

interface Person {
  name: string
  email?: string
  role?: 'ADMIN' | 'AGENT'
}

/** Added by an admin; the link's token is what they are told. */
export const invite = async (inbox: Inbox, { name, email = `${name.toLowerCase()}@team.example`, role }: Person) => {
  const { status, body } = await inbox.post('/agents', { name, email, ...(role ? { role } : {}) })
  assert.equal(status, 201, body.message)
  return { id: body.agent.id as string, email, token: tokenIn(body.invitation.url) }
}

export const tokenIn = (url: string): string => /\/invitation\/(\w{43})$/.exec(url)![1]!

export const accept = ({ ask }: Pick<Started, 'ask'>, token: string, body: object = { password }) =>
  ask('POST', `/v1/invitations/${token}`, { body, headers: fromOwnPage })

export const signIn = ({ ask }: Pick<Started, 'ask'>, body: object, headers: Record<string, string> = {}) =>
  ask('POST', '/v1/sessions', { body, headers: { ...fromOwnPage, ...headers } })

/** Somebody who was invited, has chosen the password and is signed in. */
export const join = async (started: Started, inbox: Inbox, person: Person) => {
  const { id, email, token } = await invite(inbox, person)
  const answer = await accept(started, token)
  assert.equal(answer.status, 201, answer.text)
  const session = cookieOf(answer)
  return {
    id,
    email,
    session,
    sessionId: answer.body.session.id as string,
    ...started.pageOf(inbox.workspaceId, session),
  }
}
