import { domainOf, emailKey, isEmail } from '../email-address.ts'
import { limits } from '../limits.ts'
import { fail } from '../errors.ts'
import { hostOf, type Mailbox, type SignsIn } from '../channels/change.ts'
import type { Db } from '../db/db.ts'
import { shared, type Rates } from '../http/rates.ts'
import type { Reach } from '../http/reach.ts'
import { signInHosts } from '../mailbox-providers.ts'
import { hasOtherWorkspaces } from '../workspaces/queries.ts'
import { addressOf } from './deliver.ts'
import { signIn } from './transport.ts'

/**
 * Whether a mailbox at a provider takes the user and the password of its smtpUrl; only the provider's own servers are asked, and
 * only where it matters. Throws `too_many_requests` (429) while the workspace signs in to another one, and where it was refused too
 * often: passwords are not guessed.
 */
export const createSignIn = (db: Db, { mayReach, rates }: { mayReach: Reach; rates: Rates }): SignsIn => {
  const busy = new Set<string>()
  const refused = shared(rates, 'refused mailboxes', { most: limits.mailboxesRefused, every: hour })
  return async (workspaceId, mailbox) => {
    if (!isOwnServer(mailbox) || !(await hasOtherWorkspaces(db, workspaceId))) return false
    const { tokens } = refused.filled(workspaceId)
    const retryAfter = tokens < 1 ? refused.secondsUntil(1, tokens) : busy.has(workspaceId) ? seconds : 0
    if (retryAfter > 0) fail('too_many_requests', { whom: 'this workspace', retryAfter })
    busy.add(workspaceId)
    const isIn = await isLetIn(mailbox.smtpUrl, mayReach).finally(() => busy.delete(workspaceId))
    if (!isIn) refused.take(workspaceId)
    return isIn
  }
}

const hour = 3_600_000
const seconds = limits.mailboxSignIn / 1000

const isOwnServer = (mailbox: Mailbox): mailbox is Required<Mailbox> & { smtpUrl: string } => {
  const { email, smtpUrl } = mailbox
  const hosts = email && isEmail(email) ? signInHosts(domainOf(email)) : undefined
  if (!email || !hosts || !smtpUrl || !URL.canParse(smtpUrl)) return false
  const user = userOf(smtpUrl)
  return hosts.includes(hostOf(smtpUrl)) && isEmail(user) && emailKey(user) === emailKey(email)
}

const userOf = (url: string): string => {
  try {
    return decodeURIComponent(new URL(url).username)
  } catch {
    return ''
  }
}

const isLetIn = async (url: string, mayReach: Reach): Promise<boolean> => {
  const signal = AbortSignal.timeout(limits.mailboxSignIn)
  try {
    return await signIn({ url, address: await addressOf(url, { mayReach, signal }), signal })
  } catch {
    return false
  }
}
