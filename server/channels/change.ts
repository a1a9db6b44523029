import { isIP } from 'node:net'
import { timestamp } from '../current-time.ts'
import type { Tx } from '../db/db.ts'
import { newId, randomText } from '../db/id.ts'
import { domainOf, emailKey } from '../email-address.ts'
import { fail } from '../errors.ts'
import { record } from '../events/queries.ts'
import { assertMatch } from '../http/etag.ts'
import type { Reach } from '../http/reach.ts'
import { hurry } from '../jobs/queries.ts'
import { signInHosts } from '../mailbox-providers.ts'
import { lacksPassword, passwordRule } from '../setting-syntax.ts'
import { claimDomain } from './domains.ts'
import {
  findChannelByEmail,
  holdChannel,
  insertChannel,
  markDeleted,
  updateChannel,
  type ChannelRow,
} from './queries.ts'
import { isReserved, reservedRule } from './reserved.ts'
import {
  fieldName,
  fieldNameRule,
  formFields,
  originRule,
  returnToRule,
  smtpUrlRule,
  type ChannelChanges,
  type ChannelKind,
  type Field,
  type NewChannel,
  type SendingTest,
} from './schema.ts'

const secretCharacters = 43
const keyCharacters = 24

/** Which fields a kind has besides its name, and which of them it cannot do without. */
const fieldsOf: Record<ChannelKind, { may: (keyof ChannelChanges)[]; must: (keyof ChannelChanges)[] }> = {
  EMAIL: { may: ['email', 'smtpUrl', 'plusAddresses', 'senderName'], must: ['email'] },
  CHAT: { may: ['allowedOrigins', 'greeting', 'color', 'position'], must: ['allowedOrigins'] },
  FORM: { may: ['fields', 'allowedOrigins', 'returnTo'], must: [] },
}

export interface Mailbox {
  email?: string | null | undefined
  smtpUrl?: string | null | undefined
}

/** Whether the smtpUrl signs in to the mailbox of the address. */
export type SignsIn = (workspaceId: string, mailbox: Mailbox) => Promise<boolean>

/** What says through which server mail leaves. */
export type SendingChannel = Pick<ChannelRow, 'smtpUrl' | 'smtpByOperator'>

/** Whether mail could leave now; never rejects. */
export type TestsSending = (channel: SendingChannel) => Promise<SendingTest>

interface Asked {
  /** What its smtpUrl has signed in to. */
  proven?: Mailbox | undefined
}

/**
 * Throws `invalid_request` (400) for a field that is not this kind's, `channel_email_taken` (409), and `domain_not_allowed` and
 * `mailbox_not_proven` (403). The operator has signed in to every mailbox.
 */
export const createChannel = async (
  tx: Tx,
  workspaceId: string,
  { kind, isOperators = false, proven, ...given }: NewChannel & Asked & { isOperators?: boolean },
): Promise<ChannelRow> => {
  assertFields(kind, given)
  const missing = fieldsOf[kind].must.find((field) => given[field] === undefined)
  if (missing) fail('invalid_request', { sentence: `${missing} is required.` })
  const row = {
    ...withChanges(blank, given),
    id: newId('chn'),
    workspaceId,
    kind,
    smtpByOperator: isOperators ? 1 : 0,
    publishableKey: kind === 'CHAT' ? `pk_${randomText(keyCharacters)}` : null,
    secret: randomText(secretCharacters),
    bounceRefusedAt: null,
    createdAt: timestamp(),
    version: 1,
  }
  await assertAddress(tx, row, isOperators || isProven(row, proven))
  await insertChannel(tx, row)
  if (kind === 'EMAIL') await hurry(tx, workspaceId)
  return row
}

/** Throws `channel_not_found` (404), and what `createChannel` throws. */
export const changeChannel = async (
  tx: Tx,
  workspaceId: string,
  { id, changes, proven, ifMatch }: { id: string; changes: ChannelChanges; ifMatch?: string | undefined } & Asked,
): Promise<ChannelRow> => {
  const before = (await holdChannel(tx, workspaceId, id)) ?? fail('channel_not_found')
  assertMatch(ifMatch, before, () => ({ channel: shown(before), test: null }))
  assertFields(before.kind, changes)
  const after = { ...before, ...withChanges(before, changes), version: before.version + 1 }
  if (changes.smtpUrl !== undefined) after.smtpByOperator = 0
  if (after.emailKey !== before.emailKey || isElsewhere(changes, after))
    await assertAddress(tx, after, isProven(after, proven))
  await updateChannel(tx, workspaceId, after)
  if (changes.smtpUrl !== undefined) await hurry(tx, workspaceId)
  return after
}

/** A mailbox at a provider that is to send through another server, or as another user. */
const isElsewhere = ({ smtpUrl }: ChannelChanges, { email }: ChannelRow): boolean =>
  smtpUrl !== undefined && email !== null && signInHosts(domainOf(email)) !== undefined

/** Somebody else may have changed the other half of it meanwhile. */
const isProven = ({ emailKey: key, smtpUrl }: ChannelRow, proven: Mailbox | undefined): boolean =>
  typeof proven?.email === 'string' && emailKey(proven.email) === key && proven.smtpUrl === smtpUrl

const assertAddress = async (tx: Tx, { id, workspaceId, email }: ChannelRow, hasProven: boolean): Promise<void> => {
  if (email === null) return
  if (isReserved(email)) fail('invalid_request', { sentence: `email ${reservedRule}.` })
  await claimDomain(tx, workspaceId, { email, isProven: hasProven })
  const owner = await findChannelByEmail(tx, emailKey(email))
  // whether another workspace has it is not told
  if (owner && owner.id !== id) fail(owner.workspaceId === workspaceId ? 'channel_email_taken' : 'domain_not_allowed')
}

/** Resolves to 0 where it is closed already. What follows the workspace is told, and the chat's streams end. */
export const closeChannel = async (tx: Tx, workspaceId: string, id: string): Promise<number> => {
  const closed = await markDeleted(tx, workspaceId, { id, at: timestamp() })
  if (closed > 0) record(tx, workspaceId, { kind: 'CHANNEL_DELETED' })
  return closed
}

const assertFields = (kind: ChannelKind, given: ChannelChanges): void => {
  const alien = Object.keys(given).find((field) => field !== 'name' && !fieldsOf[kind].may.some((own) => own === field))
  if (alien) fail('invalid_request', { sentence: `${alien} is not a field of a channel of the kind ${kind}.` })
  const wrong = (sentence: string) => fail('invalid_request', { sentence })
  const names = given.fields?.map(({ name }) => name) ?? []
  if (!names.every((name) => fieldName.test(name))) wrong(`A name in fields ${fieldNameRule}.`)
  const taken = names.find((name) => formFields.some((known) => known === name) || name in Object.prototype)
  if (taken !== undefined) wrong(`A name in fields must not be ${taken}: that word is taken.`)
  if (new Set(names).size < names.length) wrong('fields holds a name twice.')
  if (given.smtpUrl && !isUrl(given.smtpUrl, ['smtp:', 'smtps:'])) wrong(`smtpUrl ${smtpUrlRule}.`)
  if (given.smtpUrl && lacksPassword(given.smtpUrl)) wrong(`smtpUrl ${passwordRule}.`)
  if (given.returnTo && !isUrl(given.returnTo, ['http:', 'https:'])) wrong(`returnTo ${returnToRule}.`)
  const isOrigin = (text: string) => text === '*' || isUrl(text, ['http:', 'https:'])
  if (given.allowedOrigins?.every(isOrigin) === false) wrong(`allowedOrigins ${originRule}.`)
}

/** Throws `invalid_request` (400) where the URL names an address that may not be reached. Names are looked up when mail is sent. */
export const assertReach = (mayReach: Reach, smtpUrl: string | null | undefined): void => {
  const host = smtpUrl && URL.canParse(smtpUrl) ? hostOf(smtpUrl) : ''
  const address = /(^|\.)localhost\.?$/i.test(host) ? '127.0.0.1' : host
  if (isIP(address) !== 0 && !mayReach(address))
    fail('invalid_request', {
      sentence: 'smtpUrl must not lead to a private address: CHANNEL_SMTP_NETWORKS can allow it.',
    })
}

/** Of an IPv6 address without its brackets. */
export const hostOf = (url: string): string => new URL(url).hostname.toLowerCase().replace(/^\[|\]$/g, '')

const isUrl = (text: string, protocols: string[]): boolean =>
  URL.canParse(text) && protocols.includes(new URL(text).protocol)

type Changeable = Pick<
  ChannelRow,
  | 'name'
  | 'email'
  | 'emailKey'
  | 'smtpUrl'
  | 'plusAddresses'
  | 'allowedOrigins'
  | 'fields'
  | 'returnTo'
  | 'senderName'
  | 'greeting'
  | 'color'
  | 'position'
>

const blank: Changeable = {
  name: '',
  email: null,
  emailKey: null,
  smtpUrl: null,
  plusAddresses: 1,
  allowedOrigins: null,
  fields: null,
  returnTo: null,
  senderName: 'AGENT',
  greeting: null,
  color: null,
  position: null,
}

const withChanges = (before: Changeable, given: ChannelChanges): Changeable => ({
  name: given.name ?? before.name,
  email: given.email?.trim() ?? before.email,
  emailKey: given.email === undefined ? before.emailKey : emailKey(given.email),
  smtpUrl: given.smtpUrl === undefined ? before.smtpUrl : given.smtpUrl,
  plusAddresses: given.plusAddresses === undefined ? before.plusAddresses : Number(given.plusAddresses),
  allowedOrigins: given.allowedOrigins ? JSON.stringify(given.allowedOrigins.map(asSent)) : before.allowedOrigins,
  fields: given.fields ? JSON.stringify(given.fields) : before.fields,
  returnTo: given.returnTo === undefined ? before.returnTo : given.returnTo,
  senderName: given.senderName ?? before.senderName,
  greeting: given.greeting === undefined ? before.greeting : given.greeting,
  color: given.color === undefined ? before.color : given.color,
  position: given.position === undefined ? before.position : given.position,
})

/** As a browser sends it: in small letters, without a default port. */
const asSent = (origin: string): string => (origin === '*' ? origin : new URL(origin).origin)

/** Nothing said about its pages: a form may be posted from anywhere. */
const anywhere = ['*']

/** As it is shown: without what is secret. */
export const shown = (row: ChannelRow) => ({
  ...row,
  smtpUrl: row.smtpUrl && withoutPassword(row.smtpUrl),
  plusAddresses: row.plusAddresses === 1,
  allowedOrigins: originsOf(row),
  fields: row.fields === null ? [] : (JSON.parse(row.fields) as Field[]),
})

const originsOf = ({ kind, allowedOrigins }: ChannelRow): string[] =>
  allowedOrigins === null ? (kind === 'FORM' ? anywhere : []) : (JSON.parse(allowedOrigins) as string[])

const withoutPassword = (text: string): string => {
  const url = new URL(text)
  url.password = ''
  return url.href
}
