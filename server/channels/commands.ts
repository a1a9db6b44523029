import { Misuse, table, type Command, type Given } from '../command.ts'
import { Refusal } from '../config.ts'
import { isEmail } from '../email-address.ts'
import { oneLine } from '../http/schema.ts'
import { withDatabase, workspaceOf } from '../with-database.ts'
import { closeChannel, createChannel, shown } from './change.ts'
import { findAnyChannel, listAllChannels, type ChannelRow } from './queries.ts'
import type { Field, NewChannel } from './schema.ts'

const create: Command = {
  name: 'channels create',
  summary: 'Open a mail address, a chat or a form.',
  options: {
    workspace: { value: 'ID', help: 'The workspace (wrk_…).', isRequired: true },
    kind: { value: 'EMAIL|CHAT|FORM', help: 'How customers write.', isRequired: true },
    name: { value: 'NAME', help: 'What people call it; EMAIL: the name that mails come from.', isRequired: true },
    email: { value: 'ADDRESS', help: 'EMAIL: its address.' },
    'smtp-url': { value: 'URL', help: 'EMAIL: what its mails are sent through; SMTP_URL, unless given.' },
    'plus-addresses': {
      value: 'on|off',
      help: 'EMAIL: whether answers go to addresses with a +; on, unless given.',
    },
    origin: {
      value: 'ORIGIN',
      help: 'CHAT, FORM: a page that may use it (https://shop.example); * for any.',
      isMany: true,
    },
    field: { value: 'NAME=LABEL', help: 'FORM: a field besides name, email, subject and message.', isMany: true },
    'return-to': { value: 'URL', help: 'FORM: where the browser goes afterwards.' },
  },
  run: (given) =>
    withDatabase(given, async (db) => {
      const wanted = wantedOf(given)
      const { id: workspaceId } = await workspaceOf(db, given)
      const row = await db.transaction((tx) => createChannel(tx, workspaceId, { ...wanted, isOperators: true }))
      const { id, publishableKey, secret } = row
      const isChat = row.kind === 'CHAT'
      return {
        json: { ...publicOf(row), ...(isChat ? { identitySecret: secret } : {}) },
        text: isChat
          ? `${id}  ${row.name}\nPublishable key: ${publishableKey}\nIdentity secret, shown this once: ${secret}`
          : `${id}  ${row.name}${row.email ? `  ${row.email}` : ''}`,
      }
    }),
}

/** Throws Misuse where the command line says something that cannot be. */
const wantedOf = (given: Given): NewChannel => {
  const kind = (['EMAIL', 'CHAT', 'FORM'] as const).find((known) => known === given.text('kind'))
  if (!kind) throw new Misuse('--kind must be EMAIL, CHAT or FORM.')
  const name = given.text('name')!.trim()
  if (!oneLine.test(name)) throw new Misuse('--name must be one line, and not blank.')
  const email = given.text('email')
  if (email !== undefined && !isEmail(email)) throw new Misuse(`--email ${email} is not an email address.`)
  const plus = given.text('plus-addresses')
  if (plus !== undefined && plus !== 'on' && plus !== 'off') throw new Misuse('--plus-addresses must be on or off.')
  const optional = {
    email,
    smtpUrl: given.text('smtp-url'),
    plusAddresses: plus === undefined ? undefined : plus === 'on',
    returnTo: given.text('return-to'),
    allowedOrigins: given.texts('origin').length > 0 ? given.texts('origin') : undefined,
    fields: given.texts('field').length > 0 ? given.texts('field').map(fieldOf) : undefined,
  }
  return { kind, name, ...definedOf(optional) }
}

const definedOf = <T extends object>(given: T) =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }

const fieldOf = (text: string): Field => {
  const [name = '', ...label] = text.split('=')
  return { name, label: label.join('=') || name, required: false }
}

const publicOf = (row: ChannelRow) => {
  const { emailKey: _, smtpByOperator: _by, secret: _secret, bounceRefusedAt: _refused, ...rest } = shown(row)
  return rest
}

const list: Command = {
  name: 'channels list',
  summary: 'All channels, without what is secret in them.',
  options: { workspace: { value: 'ID', help: 'Of this workspace only (wrk_…).' } },
  run: (given) =>
    withDatabase(given, async (db) => {
      const workspaceId = given.text('workspace') === undefined ? undefined : (await workspaceOf(db, given)).id
      const channels = (await listAllChannels(db, workspaceId)).map(publicOf)
      const rows = channels.map((channel) => [
        channel.id,
        channel.workspaceId,
        channel.kind,
        channel.name,
        channel.email ?? channel.publishableKey ?? '',
      ])
      return { json: { channels }, text: rows.length === 0 ? 'None yet.' : table(rows) }
    }),
}

const remove: Command = {
  name: 'channels delete',
  words: ['ID'],
  summary: 'Close a channel. The conversations that came through it stay.',
  run: (given) =>
    withDatabase(given, async (db) => {
      const id = given.words[0]!
      const { workspaceId, name } = (await findAnyChannel(db, id)) ?? refuse(id)
      await db.transaction((tx) => closeChannel(tx, workspaceId, id))
      return { json: { id, deleted: true }, text: `${id}  ${name} is closed.` }
    }),
}

const refuse = (id: string): never => {
  throw new Refusal(`There is no channel ${id}: "channels list" shows them.`)
}

export const channelCommands = [create, list, remove]
