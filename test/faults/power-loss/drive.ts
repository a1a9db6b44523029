import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { mail } from '../../make.ts'
import { clientOf, command } from '../../process.ts'
import { hashOf, Ledger } from '../ledger.ts'
import { startLoad } from '../load.ts'

// node drive.ts FOLDER REQUESTS [early]: a server, clients and an import beside them. What the clients are told is
// written to FOLDER/notes, so that whoever traces this process sees it in one order with what is written to the disk.

const [folder = '', requests, ...mistake] = process.argv.slice(2)
const dataDir = join(folder, 'data')
const mails = join(folder, 'mails')

const notes = openSync(join(folder, 'notes'), 'w')
const ledger = new Ledger((note) => writeSync(notes, `${JSON.stringify(note)}\n`))

mkdirSync(mails)
const raws = Array.from({ length: 40 }, (_, i) => {
  // one is so large that it is stored piece by piece before its message
  const body = i === 20 ? `Mail 20\r\n${'A long line of a large mail.\r\n'.repeat(10_000)}` : `Mail ${i} about zebras`
  const raw = mail(
    { From: `sender${i % 7}@example.com`, Subject: `Subject ${i}`, 'Message-ID': `<${i}@example.com>` },
    body,
  )
  writeFileSync(join(mails, `${i}.eml`), raw)
  return raw
})

const server = spawn(process.execPath, [join(import.meta.dirname, 'server.ts'), dataDir, ...mistake], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const [line] = (await once(server.stdout, 'data')) as [Buffer]
const { address, secret, workspace } = JSON.parse(String(line))
const ask = clientOf({ address, key: secret, workspaceId: workspace.id })

const loadOf = (name: string, part: number) =>
  startLoad({ ask, ledger, clients: 8, name, requests: Math.ceil(Number(requests) * part), erases: true })

const load = loadOf('c', 2 / 3)
const imported = await command(['import', mails, '--workspace', workspace.id, '--json'], { env: { DATA_DIR: dataDir } })
const { stored } = imported.json()
if (stored !== raws.length) throw new Error(`${stored} of ${raws.length} mails were stored: ${imported.stderr}`)
ledger.note({ kind: 'mails', hashes: raws.map(hashOf) })
await load.done
let isScrubbed = false
while (!isScrubbed) {
  await sleep(100)
  const { items } = (await ask('GET', '/erasures?limit=100')).body.erasures
  isScrubbed = items.every(({ scrubbedAt }: any) => scrubbedAt !== null)
}
// a job may wait under the id of a message
ledger.note({ kind: 'scrubbed', ids: [...ledger.erased].filter((id) => id.startsWith('ctc_')) })
await loadOf('d', 1 / 3).done
server.kill('SIGTERM')
const [code] = await once(server, 'exit')
if (code !== 0) throw new Error(`the server ended with ${code}`)
process.stdout.write(JSON.stringify({ noted: ledger.size, statuses: [...load.statuses] }))
