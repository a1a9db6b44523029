import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { callbackify } from 'node:util'
import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server'
import { limits } from '../config.ts'
import type { Db } from '../db/db.ts'
import { ApiError } from '../errors.ts'
import type { FreeSpace } from '../http/free-space.ts'
import type { Log } from '../http/log.ts'
import type { MailParser } from '../mime/parser.ts'
import { createSmtpServer } from './libraries.ts'
import { parseMail, receiveMail, recipientOf, type Recipient } from './receive.ts'

interface Options {
  db: Db
  log: Log
  parser: MailParser
  host: string
  /** 0 takes a free one. */
  port: number
  /** PEM texts; without them STARTTLS is not offered. */
  tls: { cert: string; key: string } | undefined
  /** Servers whose findings about a sender are believed. */
  authservIds?: readonly string[]
  space?: FreeSpace | undefined
}

export interface SmtpServer {
  port: number
  /** Resolves when the mails that are on their way have been answered, or after a few seconds. */
  close(): Promise<void>
}

/** Says no to the client; the server puts the enhanced code in front of the sentence. */
class Refused extends Error {
  readonly responseCode: number

  constructor(responseCode: number, sentence: string, cause?: unknown) {
    super(sentence, { cause })
    this.responseCode = responseCode
  }
}

/** Takes mail for the EMAIL channels, and for nobody else. 250 means that it is on disk. Rejects when it cannot listen. */
export const startSmtp = async ({
  db,
  log,
  parser,
  host,
  port,
  tls,
  authservIds = [],
  space,
}: Options): Promise<SmtpServer> => {
  let bytesOnTheirWay = 0

  const recipient = async (address: string): Promise<Recipient> => {
    if (space?.isLow()) throw new Refused(452, 'The disk is nearly full: try again later')
    const found = await recipientOf(db, address)
    if (!found) throw new Refused(550, 'There is no such address here')
    return found
  }

  const onData = async (stream: SMTPServerDataStream, { envelope }: SMTPServerSession): Promise<string> => {
    const raw = await read(stream, (bytes) => (bytesOnTheirWay += bytes) <= limits.smtpBytesAtOnce)
    try {
      const to: Recipient[] = []
      for (const { address } of envelope.rcptTo) to.push(await recipient(address))
      return await deliver(raw, to)
    } finally {
      bytesOnTheirWay -= raw.length
    }
  }

  /** Once for each workspace. When one of them fails, all are asked for again, and those that have it find it. */
  const deliver = async (raw: Buffer, to: Recipient[]): Promise<string> => {
    const mail = await parseMail(parser, raw)
    const ids: string[] = []
    for (const workspaceId of new Set(to.map(({ channel }) => channel.workspaceId))) {
      const here = to.filter(({ channel }) => channel.workspaceId === workspaceId)
      const tokens = here.flatMap(({ token }) => token ?? [])
      const { channel } = here.find(({ token }) => token !== undefined) ?? here[0]!
      const bounced = here.find((one) => one.bounced !== undefined)?.bounced
      const { outcome, messageId } = await receiveMail(db, { channel, tokens, bounced, authservIds, raw, mail })
      log('info', { mail: outcome, workspaceId, channelId: channel.id, messageId, bytes: raw.length })
      ids.push(messageId)
    }
    return `Kept as ${ids.join(' ')}`
  }

  const answer = (error: unknown): Error => {
    if (error instanceof Refused) return error
    // the client went away before its mail was whole: nobody hears the answer
    if (error instanceof Error && 'code' in error && error.code === 'ECONNECTION') return error
    log('error', { smtp: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    const isFull = error instanceof ApiError && error.statusCode === 503
    return isFull
      ? new Refused(452, 'It cannot be kept right now: try again later', error)
      : new Refused(451, 'Something went wrong on our side: try again later', error)
  }

  const answered = <T>(work: () => Promise<T>) =>
    callbackify(() =>
      work().catch((error: unknown) => {
        throw answer(error)
      }),
    )

  const server = createSmtpServer({
    banner: 'support-inbox',
    size: limits.mailBytes,
    rejectOversized: true,
    maxClients: limits.smtpConnections,
    maxRecipients: limits.smtpRecipients,
    socketTimeout: limits.smtpIdle,
    closeTimeout: limits.smtpDrain,
    disabledCommands: tls ? ['AUTH'] : ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    hideENHANCEDSTATUSCODES: false,
    logger: false,
    ...tls,
    onRcptTo: ({ address }, _session, callback) => answered(() => recipient(address))(callback),
    onData: (stream, session, callback) => answered(() => onData(stream, session))(callback),
  })
  // a client that goes away, or speaks no SMTP, is nothing to end for
  server.on('error', () => {})
  server.server.on('connection', (socket: Socket) => endInTime(socket))
  server.listen(port, host)
  await Promise.race([
    once(server.server, 'listening'),
    once(server.server, 'error').then(([error]) => {
      throw error as Error
    }),
  ])
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

/** A client that sends a byte now and then is never idle. */
const endInTime = (socket: Socket): void => {
  const timer = setTimeout(() => socket.destroy(), limits.smtpSession).unref()
  socket.once('close', () => clearTimeout(timer))
}

/** Reads it to its end in any case: only then can an answer be given. `hasRoom` is told of every chunk. */
const read = async (stream: SMTPServerDataStream, hasRoom: (bytes: number) => boolean): Promise<Buffer> => {
  const chunks: Buffer[] = []
  let taken = 0
  let isFull = false
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (isFull || stream.sizeExceeded) continue
      taken += chunk.length
      chunks.push(chunk)
      isFull = !hasRoom(chunk.length)
    }
    if (stream.sizeExceeded) throw new Refused(552, `A mail may have ${limits.mailBytes} bytes at most`)
    if (isFull) throw new Refused(452, 'Too many mails at once: try again later')
  } catch (error) {
    hasRoom(-taken)
    throw error
  }
  return Buffer.concat(chunks)
}
