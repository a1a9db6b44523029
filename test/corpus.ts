import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import nodemailer from 'nodemailer'
import { buildApp } from '../server/app.ts'
import { createChannel } from '../server/channels/change.ts'
import { readConfig } from '../server/config.ts'
import { openDatabase } from '../server/db/open.ts'
import { sql } from '../server/db/sql.ts'
import { startSmtp } from '../server/email/smtp.ts'
import { readRaw } from '../server/messages/raw.ts'
import { kindOf, readMails } from '../server/imports/mails.ts'
import { createMailParser } from '../server/mime/parser.ts'
import { createWorkspace } from '../server/workspaces/queries.ts'

// node test/corpus.ts FILE|FOLDER …: delivers every mail of the archives over SMTP, and compares what was kept with what was
// sent. The clients are a process of their own, so that the event loop that is measured is the server's.

const clientsAtOnce = 4
const to = 'help@example.com'

interface Sent {
  place: string
  hash: string
  /** Empty where it was refused. */
  messageId: string
  answer: string
}

/** As it arrives: SMTP knows no other line end than CRLF, and a mail ends with one. */
const onTheWire = (raw: Buffer): Buffer => {
  const text = raw.toString('latin1').replace(/\r?\n|\r/g, '\r\n')
  return Buffer.from(text.endsWith('\r\n') ? text : `${text}\r\n`, 'latin1')
}

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

async function* mailsIn(paths: string[]) {
  const parser = createMailParser()
  for (const path of paths) yield* readMails(path, await kindOf(path), { parser })
  parser.close()
}

const runClients = async (port: number, paths: string[]): Promise<Sent[]> => {
  const sent: Sent[] = []
  const mails = mailsIn(paths)
  const client = async () => {
    const transport = nodemailer.createTransport({
      host: '127.0.0.1',
      port,
      ignoreTLS: true,
      pool: true,
      maxConnections: 1,
    })
    for await (const item of mails) {
      if ('problem' in item) continue
      const raw = onTheWire(item.raw)
      const envelope = { from: 'sender@example.org', to }
      const answer = await transport.sendMail({ envelope, raw }).then(
        ({ response }) => response,
        (error: Error) => error.message,
      )
      sent.push({ place: item.place, hash: hashOf(raw), messageId: /msg_\w{24}/.exec(answer)?.[0] ?? '', answer })
    }
    transport.close()
  }
  await Promise.all(Array.from({ length: clientsAtOnce }, client))
  return sent
}

/** The most that the loop has worked between two ticks, milliseconds: unlike a delay it does not count what other programs do. */
const watchWork = () => {
  const spent = () => {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1000
  }
  let last = spent()
  let most = 0
  const timer = setInterval(() => {
    const now = spent()
    most = Math.max(most, now - last)
    last = now
  }, 1)
  return {
    most: () => {
      clearInterval(timer)
      return most
    },
  }
}

const main = async (paths: string[]): Promise<void> => {
  const config = readConfig({})
  const dataDir = mkdtempSync(join(tmpdir(), 'support-inbox-'))
  const db = await openDatabase({ ...config, dataDir }, { role: 'server', onFatal: (error) => assert.fail(error) })
  const parser = createMailParser()
  const app = await buildApp({ db, parser, config: { ...config, dataDir }, log: () => {} })
  const workspaceId = await db.transaction(async (tx) => {
    const { id } = await createWorkspace(tx, 'Support')
    await createChannel(tx, id, { kind: 'EMAIL', name: 'Help', email: to })
    return id
  })
  const smtp = await startSmtp({ db, parser, log: () => {}, host: '127.0.0.1', port: 0, tls: undefined })
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const work = watchWork()
  const begin = performance.now()
  const child = fork(import.meta.filename, ['--clients', String(smtp.port), ...paths])
  const sent = await new Promise<Sent[]>((resolve) => child.once('message', (message) => resolve(message as Sent[])))
  const seconds = (performance.now() - begin) / 1000
  delay.disable()
  const kept = sent.filter(({ messageId }) => messageId !== '')
  // of several copies one is kept; which, is the first to arrive
  let differing = 0
  for (const [messageId, copies] of Map.groupBy(kept, (mail) => mail.messageId)) {
    const held = hashOf((await readRaw(db, workspaceId, messageId)) ?? new Uint8Array())
    if (!copies.some(({ hash }) => hash === held)) differing += 1
  }
  const { n: stored } = (await db.one<{ n: number }>(sql`select count(*) as n from messages`))!
  for (const { place, answer } of sent.filter(({ messageId }) => messageId === ''))
    console.log(`refused: ${place}: ${answer}`)
  console.log(
    `${sent.length} sent, ${kept.length} answered 250, ${stored} messages (copies are kept once), ${differing} whose raw bytes ` +
      `differ from what was sent, in ${seconds.toFixed(1)} s; event loop held up at most ${(delay.max / 1e6).toFixed(1)} ms, of which ${work.most().toFixed(1)} ms its own work`,
  )
  await Promise.all([smtp.close(), app.close()])
  parser.close()
  await db.close()
  rmSync(dataDir, { recursive: true })
}

const [first, port, ...rest] = process.argv.slice(2)
if (first === '--clients') process.send!(await runClients(Number(port), rest), () => process.disconnect())
else await main(process.argv.slice(2))
