import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { callbackify } from 'node:util'
import nodemailer from 'nodemailer'
import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { startSmtp } from '../server/email/smtp.ts'
import { startWork } from '../server/listeners.ts'
import { startApp } from './app.ts'

export interface Delivered {
  from: string
  to: string[]
  raw: Buffer
  /** Its Message-ID. */
  mailId: string
}

/** What the customers' mail server does with a mail: take it, or refuse it with a reply code and a sentence. */
type Verdict = (address: string, sender: string) => { responseCode: number; message: string } | undefined

interface World {
  /** About a recipient. */
  verdict?: Verdict | undefined
  /** About the sender of the envelope, before there is a recipient. */
  verdictOnSender?: Verdict | undefined
  /** Runs when it has taken its n-th mail, before it says so. */
  onTaken?: (n: number, mailId: string) => Promise<void>
}

const refusalOf = (refusal: ReturnType<Verdict>) => refusal && Object.assign(new Error(refusal.message), refusal)

/** A real mail server as the world has them, on a port of its own. It remembers what it took. */
export const startWorldsServer = async ({ verdict, verdictOnSender, onTaken }: World = {}) => {
  const taken: Delivered[] = []
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    onMailFrom: ({ address }, _session, callback) => callback(refusalOf(verdictOnSender?.('', address))),
    onRcptTo: ({ address }, { envelope }, callback) =>
      callback(refusalOf(verdict?.(address, envelope.mailFrom ? envelope.mailFrom.address : ''))),
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        const raw = Buffer.concat(chunks)
        const mailId = /^message-id: *(\S+)/im.exec(raw.toString('latin1'))?.[1] ?? ''
        taken.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          raw,
          mailId,
        })
        callbackify(async () => onTaken?.(taken.length, mailId))((error) => callback(error))
      })
    },
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port: bound } = server.server.address() as { port: number }
  return {
    url: `smtp://127.0.0.1:${bound}`,
    taken,
    /** Waits for the n-th mail, counted from 1, and takes it apart. */
    nth: async (n: number) => {
      while (taken.length < n) await sleep(20)
      const mail = await PostalMime.parse(taken[n - 1]!.raw)
      const header = (name: string) => mail.headers.find(({ key }) => key === name.toLowerCase())?.value
      return { ...mail, header, envelope: taken[n - 1]! }
    },
    close: () => new Promise<void>((resolve) => server.close(resolve)),
  }
}

interface Letter {
  port: number
  to: string | string[]
  raw: Buffer
  from?: string
}

/** Sends a mail as it is, with a real client; resolves to the server's answer, rejects with its refusal. */
export const deliver = async ({ port, to, raw, from = 'sender@example.org' }: Letter): Promise<string> => {
  const transport = nodemailer.createTransport({ host: '127.0.0.1', port, ignoreTLS: true })
  try {
    return (await transport.sendMail({ envelope: { from, to }, raw })).response
  } finally {
    transport.close()
  }
}

/** The app with mail coming in by SMTP and going out to a real server, and an EMAIL channel help@example.com. */
export const startMail = async (
  t: TestContext,
  {
    verdict,
    verdictOnSender,
    smtpUrl,
    publicUrl = '',
    smtpNetworks = ['127.0.0.1'],
    env = {},
    dataDir: folder,
  }: {
    verdict?: Verdict
    verdictOnSender?: Verdict
    smtpUrl?: string
    publicUrl?: string
    smtpNetworks?: string[]
    env?: Record<string, string>
    dataDir?: string
  } = {},
) => {
  const world = await startWorldsServer({ verdict, verdictOnSender })
  const closing: (() => Promise<void>)[] = [world.close]
  const started = await startApp(t, {
    ...(folder === undefined ? {} : { dataDir: folder }),
    env: { CHANNEL_SMTP_NETWORKS: smtpNetworks.join(','), SMTP_URL: smtpUrl ?? world.url, ...env },
    beforeClose: async () => void (await Promise.all(closing.map((close) => close()))),
  })
  const { db, parser, space, config, inbox, dataDir, url: databaseUrl } = started
  const { authservIds, noBounceAddress, mailBytes } = config
  const lines: Record<string, unknown>[] = []
  const log = (_: string, fields: Record<string, unknown>) => void lines.push(fields)
  const smtp = await startSmtp({
    db,
    parser,
    log,
    host: '127.0.0.1',
    port: 0,
    tls: undefined,
    authservIds,
    mailBytes,
    space,
  })
  const work = await startWork({
    db,
    log,
    smtpUrl: smtpUrl ?? world.url,
    publicUrl,
    smtpNetworks,
    noBounceAddress,
    dataDir,
    databaseUrl,
  })
  closing.push(smtp.close, work.close)
  const { body } = await inbox.post('/channels', { kind: 'EMAIL', name: 'Help, Inc.', email: 'help@example.com' })
  return {
    ...started,
    world,
    lines,
    smtpPort: smtp.port,
    channel: body.channel as { id: string },
    send: (raw: Buffer, to: string | string[] = 'help@example.com') => deliver({ port: smtp.port, to, raw }),
    messagesOf: async (conversationId: string, of = inbox) =>
      (await of.get(`/conversations/${conversationId}/messages`)).body.thread.messages.items as any[],
    conversations: async (of = inbox) => (await of.get('/conversations')).body.conversations.items as any[],
  }
}
