import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openInbox, type Inbox } from './inbox.ts'

const help = `node bench/load.ts --server postgres://… [--messages N] [--processes N] [--clients N] [--seconds N]

Starts server processes on the database scale_N of that PostgreSQL (made and filled when it is not there) and asks every
kind of read of the API in turn, as many clients at once as are said, spread over the processes. Prints requests a second
and times. Clients, servers and, unless it is elsewhere, PostgreSQL share this machine.

  --messages N   1000000 unless said
  --processes N  1 unless said
  --clients N    16 unless said
  --seconds N    10 unless said
`

const launcher = join(import.meta.dirname, '../bin/support-inbox.mjs')

/** A server process of its own; resolves to it and its address. */
const serve = async (databaseUrl: string): Promise<{ child: ChildProcess; address: string }> => {
  const env = { ...process.env, DATABASE_URL: databaseUrl, PORT: '0', LOG_LEVEL: 'silent' }
  const child = spawn(process.execPath, [launcher, 'serve', '--json'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (data) => (text += String(data)))
  for (;;) {
    const address = /^\{"address":"(http[^"]+)"/m.exec(text)?.[1]
    if (address) return { child, address }
    if (child.exitCode !== null) throw new Error('the server ended')
    await Promise.race([once(child.stdout, 'data'), once(child, 'close')])
  }
}

const ask = (agent: Agent, url: string, secret: string): Promise<number> =>
  new Promise((resolve, reject) => {
    get(url, { agent, headers: { authorization: `Bearer ${secret}` } }, (answer) =>
      answer.resume().on('end', () => resolve(answer.statusCode!)),
    ).on('error', reject)
  })

interface Load {
  addresses: string[]
  clients: number
  seconds: number
}

/** Milliseconds of every answer. Throws when one is not a 200. */
const drive = async ({ asked }: Inbox, { addresses, clients, seconds }: Load): Promise<number[]> => {
  const requests = asked.flatMap(({ workspaceId, secret, paths }) =>
    Object.values(paths).map((path) => ({ path: `/v1/workspaces/${workspaceId}/support/inbox${path}`, secret })),
  )
  const agent = new Agent({ keepAlive: true })
  const end = performance.now() + seconds * 1000
  const times: number[] = []
  let next = 0
  const client = async (address: string) => {
    while (performance.now() < end) {
      // a step that has no divisor in common with the list: kinds and workspaces mix
      const { path, secret } = requests[(next += 37) % requests.length]!
      const begin = performance.now()
      const status = await ask(agent, address + path, secret)
      if (status !== 200) throw new Error(`${path}: ${status}`)
      times.push(performance.now() - begin)
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, i) => client(addresses[i % addresses.length]!)))
  agent.destroy()
  return times.sort((a, b) => a - b)
}

const { values } = parseArgs({
  options: {
    server: { type: 'string' },
    messages: { type: 'string', default: '1000000' },
    processes: { type: 'string', default: '1' },
    clients: { type: 'string', default: '16' },
    seconds: { type: 'string', default: '10' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help || values.server === undefined) process.stdout.write(help)
else {
  const inbox = await openInbox(values.server, Number(values.messages))
  const servers = await Promise.all(Array.from({ length: Number(values.processes) }, () => serve(inbox.databaseUrl)))
  try {
    const load = { addresses: servers.map(({ address }) => address), clients: Number(values.clients) }
    await drive(inbox, { ...load, seconds: 2 })
    const seconds = Number(values.seconds)
    const times = await drive(inbox, { ...load, seconds })
    const at = (part: number) => times[Math.floor(times.length * part)]!.toFixed(1)
    process.stdout.write(`${Math.round(times.length / seconds)} requests/s, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms\n`)
  } finally {
    for (const { child } of servers) child.kill('SIGTERM')
    await inbox.close()
  }
}
