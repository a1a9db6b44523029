import { currentTime, timestamp } from '../current-time.ts'
import { Misuse, table, type Command, type Given } from '../command.ts'
import { Refusal } from '../config.ts'
import { withDatabase, workspaceOf } from '../with-database.ts'
import type { Scope } from './caller.ts'
import { createKey } from './create.ts'
import { findKey, listKeys, revoke } from './queries.ts'

const workspace = { value: 'ID', help: 'The workspace (wrk_…).', isRequired: true }
const scopes: readonly Scope[] = ['user', 'api_user', 'mail']
const units: Record<string, number> = { h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_536_000_000 }

const create: Command = {
  name: 'keys create',
  summary: 'Make an API key. It is shown once.',
  options: {
    workspace,
    scope: {
      value: scopes.join('|'),
      help: 'api_user: a program. user: an agent, through a program. mail: delivering mail to channels, and nothing else.',
      isRequired: true,
    },
    name: { value: 'NAME', help: 'To tell it from others.' },
    expires: {
      value: '90d',
      help: 'When it stops working: 1 to 9999 and h, d, w or y (hours, days, weeks, years). Never, unless given.',
    },
    agent: { value: 'NAME', help: 'The agent that a user key stands for; made if there is none of that name.' },
  },
  run: (given) =>
    withDatabase(given, async (db) => {
      const scope = scopeOf(given)
      const { id: workspaceId } = await workspaceOf(db, given)
      const { secret, ...key } = await db.transaction((tx) =>
        createKey(tx, {
          workspaceId,
          scope,
          name: given.text('name'),
          agent: given.text('agent')?.trim(),
          expiresAt: expiryOf(given.text('expires')),
        }),
      )
      const { id, agentId, name, createdAt, expiresAt } = key
      return {
        json: { id, key: secret, scope, workspaceId, agentId, name, createdAt, expiresAt },
        text: `${secret}\n\nThis is the only time that it is shown. Revoke it with: npx support-inbox keys revoke ${id}`,
      }
    }),
}

const scopeOf = (given: Given): Scope => {
  const scope = scopes.find((known) => known === given.text('scope'))
  if (!scope) throw new Misuse('--scope must be user, api_user or mail.')
  if (scope === 'user' && !given.text('agent')?.trim())
    throw new Misuse('A user key stands for an agent: add --agent NAME.')
  if (scope !== 'user' && given.text('agent') !== undefined) throw new Misuse('--agent goes with --scope user.')
  return scope
}

const expiryOf = (text: string | undefined): string | undefined => {
  if (text === undefined) return undefined
  const [, number, unit] = /^([1-9]\d{0,3})([hdwy])$/.exec(text) ?? []
  if (!number || !unit)
    throw new Misuse(`--expires ${text}: it must be a whole number from 1 to 9999 and h, d, w or y, such as 90d.`)
  const milliseconds = Number(number) * units[unit]!
  if (milliseconds > 100 * units['y']!)
    throw new Misuse(`--expires ${text}: at most 100 years. Leave it out for a key that stays.`)
  return new Date(currentTime() + milliseconds).toISOString()
}

const list: Command = {
  name: 'keys list',
  summary: 'All keys, without what is secret in them; when each was last used, to the minute.',
  options: { workspace: { ...workspace, isRequired: false } },
  run: (given) =>
    withDatabase(given, async (db) => {
      const workspaceId = given.text('workspace') === undefined ? undefined : (await workspaceOf(db, given)).id
      const keys = await listKeys(db, workspaceId)
      const state = (revokedAt: string | null, expiresAt: string | null) =>
        revokedAt ? `revoked ${revokedAt}` : expiresAt ? `expires ${expiresAt}` : 'valid'
      const rows = keys.map((key) => [
        key.id,
        key.workspaceId,
        key.scope,
        key.hint,
        key.name ?? '',
        key.agentName ?? '',
        state(key.revokedAt, key.expiresAt),
        key.lastUsedAt ? `used ${key.lastUsedAt}` : 'never used',
      ])
      return { json: { keys }, text: rows.length === 0 ? 'None yet.' : table(rows) }
    }),
}

const revokeOne: Command = {
  name: 'keys revoke',
  words: ['ID'],
  summary: 'Make a key stop working, at once and on every running server.',
  run: (given) =>
    withDatabase(given, async (db) => {
      const id = given.words[0]!
      const key = await findKey(db, id)
      if (!key) throw new Refusal(`There is no key ${id}: "keys list" shows them.`)
      await revoke(db, key.workspaceId, { id, at: timestamp() })
      const { revokedAt } = (await findKey(db, id))!
      return { json: { id, revokedAt }, text: `${id} was revoked at ${revokedAt}.` }
    }),
}

export const keyCommands = [create, list, revokeOne]
