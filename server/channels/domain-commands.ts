import { Misuse, table, type Command } from '../command.ts'
import { Refusal } from '../config.ts'
import { domainOf, isEmail } from '../email-address.ts'
import { signInHosts } from '../mailbox-providers.ts'
import { withDatabase, workspaceOf } from '../with-database.ts'
import { addDomain, listDomains, removeDomain } from './domains.ts'

const list: Command = {
  name: 'domains list',
  summary: 'Which workspaces may have mail addresses at which domains.',
  run: (given) =>
    withDatabase(given, async (db) => {
      const domains = await listDomains(db)
      const rows = domains.map(({ domain, workspaceId, reason, createdAt }) => [domain, workspaceId, reason, createdAt])
      return { json: { domains }, text: rows.length === 0 ? 'None yet.' : table(rows) }
    }),
}

const allow: Command = {
  name: 'domains allow',
  words: ['DOMAIN'],
  summary: 'Let a workspace have mail addresses at a domain and below it, whoever else does.',
  options: { workspace: { value: 'ID', help: 'The workspace (wrk_…).', isRequired: true } },
  run: (given) =>
    withDatabase(given, async (db) => {
      const domain = asDomain(given.words[0]!)
      if (signInHosts(domain))
        throw new Refusal(`${domain} belongs to a mailbox provider: each address there is its owner's.`)
      const { id: workspaceId } = await workspaceOf(db, given)
      await db.transaction((tx) => addDomain(tx, { workspaceId, domain, reason: 'ALLOWED' }))
      return { json: { domain, workspaceId, reason: 'ALLOWED' }, text: `${workspaceId} may use ${domain}.` }
    }),
}

const remove: Command = {
  name: 'domains remove',
  words: ['DOMAIN'],
  summary: 'Take a domain from its workspaces. Their channels stay; the next workspace that uses it owns it.',
  options: { workspace: { value: 'ID', help: 'Only from this workspace (wrk_…).' } },
  run: (given) =>
    withDatabase(given, async (db) => {
      const domain = asDomain(given.words[0]!)
      const workspaceId = given.text('workspace') === undefined ? undefined : (await workspaceOf(db, given)).id
      const removed = await db.transaction((tx) => removeDomain(tx, domain, workspaceId))
      if (removed === 0) throw new Refusal(`No such workspace has ${domain}: "domains list" shows who has which.`)
      return {
        json: { domain, removed },
        text: `${domain} is taken from ${removed} workspace${removed === 1 ? '' : 's'}.`,
      }
    }),
}

/** In ASCII, as it is stored. Throws Misuse. */
const asDomain = (text: string): string => {
  if (!isEmail(`x@${text}`) || text !== text.trim()) throw new Misuse(`${text} is not a domain.`)
  return domainOf(`x@${text}`)
}

export const domainCommands = [list, allow, remove]
