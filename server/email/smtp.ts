import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { callbackify } from 'node:util'
import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server'
import { limits } from '../limits.ts'
import type { Db } from '../db/db.ts'
import { ApiError } from '../errors.ts'
import type { FreeSpace } from '../http/free-space.ts'
import type { Log } from '../http/log.ts'
import type { MailParser, Sender } from '../mime/parser.ts'
import { type Client, usualPace, watchClients } from './clients.ts'
import { createSmtpServer } from './libraries.ts'
import { authorOf, parseMail, receiveMail, recipientOf, type Recipient } from './receive.ts'
import { openSpool, type Spool, type Spooled } from './spool.ts'

interface Options {
  db: Db
  log: Log
  parser: MailParser
  host: string
  /** 0 takes a free one. */
  port: number
  /** PEM texts; without them STARTTLS is not offered. */
  tls: { cert: string; key: string } | undefined
  /** Addresses and networks of mail servers that hand on the mail of many. */
  relays?: string[]
  /** Large mails are files here while they arrive. */
  dataDir?: string
  /** Of a larger mail the files are not kept. */
  mailBytes?: number
  /** How fast a mail must arrive. */
  pace?: typeof usualPace
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
  relays = [],
  dataDir = join(tmpdir(), 'support-inbox'),
  mailBytes = limits.mailBytes,
  pace = usualPace,
  authservIds = [],
  space,
}: Options): Promise<SmtpServer> => {
  const spool = await openSpool(dataDir, mailBytes)
  const watch = watchClients(relays, { pace, mailBytes })
  /** By the ids of their sessions. */
  const clients = new Map<string, Client>()

  const recipient = async (address: string): Promise<Recipient> => {
    if (space?.refuses()) throw new Refused(452, 'The disk is nearly full: try again later')
    const found = await recipientOf(db, address)
    if (!found) throw new Refused(550, 'There is no such address here')
    return found
  }

  const onData = async (stream: SMTPServerDataStream, { id, envelope }: SMTPServerSession): Promise<string> => {
    const client = clients.get(id)
    if (!client) throw new Refused(421, 'The connection is closed')
    client.is('data')
    try {
      const mail = await read(stream, { client, spool })
      client.is('waiting')
      try {
        const to: Recipient[] = []
        for (const { address } of envelope.rcptTo) to.push(await recipient(address))
        const from = envelope.mailFrom ? envelope.mailFrom.address : ''
        const hasNullSender = from === ''
        return await deliver(mail, { to, sender: [client.network, from, authorOf(mail.head)], hasNullSender })
      } finally {
        client.give(mail.size)
        await mail.remove()
      }
    } finally {
      client.is('commands')
    }
  }

  /** Once for each workspace. When one of them fails, all are asked for again, and those that have it find it. */
  const deliver = async (
    { source, size: bytes, whole }: Spooled,
    { to, sender, hasNullSender }: { to: Recipient[]; sender: Sender; hasNullSender: boolean },
  ): Promise<string> => {
    const mail = await parseMail(parser, source, sender)
    return whole(async (raw) => {
      const ids: string[] = []
      for (const workspaceId of new Set(to.map(({ channel }) => channel.workspaceId))) {
        const here = to.filter(({ channel }) => channel.workspaceId === workspaceId)
        const tokens = here.flatMap(({ token }) => token ?? [])
        const { channel } = here.find(({ token }) => token !== undefined) ?? here[0]!
        const bounced = here.find((one) => one.bounced !== undefined)?.bounced
        const { outcome, messageId } = await receiveMail(db, {
          channel,
          tokens,
          bounced,
          hasNullSender,
          authservIds,
          raw,
          mail,
        })
        log('info', { mail: outcome, workspaceId, channelId: channel.id, messageId, bytes })
        ids.push(messageId)
      }
      return `Kept as ${ids.join(' ')}`
    })
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
    size: limits.mailBytesMost,
    rejectOversized: true,
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
  const connect = server.connect.bind(server)
  server.connect = (socket: Socket, options) => {
    const client = watch.admit(socket)
    if (!client) return refuse(socket)
    const { id } = options as { id: string }
    clients.set(id, client)
    socket.once('close', () => clients.delete(id))
    connect(socket, options)
  }
  server.listen(port, host)
  await Promise.race([
    once(server.server, 'listening'),
    once(server.server, 'error').then(([error]) => {
      throw error as Error
    }),
  ])
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>((resolve) => server.close(resolve)).finally(() => {
        watch.close()
      }),
  }
}

const refuse = (socket: Socket): void =>
  void socket.on('error', () => {}).end('421 4.7.0 Too many connections: try again later\r\n', () => socket.destroy())

/** Reads it to its end in any case: only then can an answer be given. What it has taken is given back by whoever is done with it. */
const read = async (
  stream: SMTPServerDataStream,
  { client, spool }: { client: Client; spool: Spool },
): Promise<Spooled> => {
  const writing = spool.open()
  let taken = 0
  let refusal: Error | undefined
  const keep = async (chunk: Buffer) => {
    if (!client.take(chunk.length)) throw new Refused(452, 'Too many mails at once: try again later')
    taken += chunk.length
    const kept = await writing.write(chunk)
    client.give(taken - kept)
    taken = kept
  }
  const drop = async () => {
    client.give(taken)
    taken = 0
    await writing.remove()
  }
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (refusal || stream.sizeExceeded) continue
      await keep(chunk).catch((error: Error) => {
        refusal = error
        return drop()
      })
    }
    if (stream.sizeExceeded) throw new Refused(552, `A mail may have ${limits.mailBytesMost} bytes at most`)
    if (refusal) throw refusal instanceof Refused ? refusal : new ApiError('storage_unavailable', {}, refusal)
    const spooled = await writing.end()
    client.give(taken - spooled.size)
    return spooled
  } catch (error) {
    await drop()
    throw error
  }
}
