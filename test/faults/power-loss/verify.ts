import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomFrom } from '../../random.ts'
import { aftermath, Ledger } from '../ledger.ts'
import { Disk, type Kept, tornAt } from './disk.ts'
import { type Happening, readTrace } from './trace.ts'

// node verify.ts FOLDER PART PARTS: cuts the power at every point of what was traced in FOLDER, opens what is left
// with the product's own code, and looks for everything that clients had been told by then. One of PARTS processes.

const [folder = '', part, parts] = process.argv.slice(2)
const traced = { dataDir: join(folder, 'data'), notes: join(folder, 'notes') }
const dataDir = join(folder, `state-${part}`)

const pageSize = 4096

const random = randomFrom(Number(part))
const disk = new Disk(traced.dataDir)
const ledger = new Ledger()
const done = new Set<string>()
const found = { states: 0, losing: 0, corrupt: 0, examples: [] as string[] }
const seen = { notes: 0, syncs: 0, restarts: 0, emptied: 0, scrubbed: 0 }

const verify = async (name: string, number: number, kept: Kept) => {
  const decided = new Map(disk.pending.map((change) => [change.number, kept(change)]))
  const state = JSON.stringify([disk.pending[0]?.number, [...decided.values()]])
  if (done.has(state)) return
  done.add(state)
  if (done.size % Number(parts) !== Number(part)) return
  found.states += 1
  const { losses, damages } = await open(disk.afterPowerCut((change) => decided.get(change.number)!))
  if (losses.length > 0) found.losing += 1
  if (damages.length > 0) found.corrupt += 1
  const wrong = [...losses, ...damages]
  if (wrong.length > 0 && found.examples.length < 5)
    found.examples.push(`${name} after happening ${number}: ${wrong.slice(0, 3).join('; ')} (${wrong.length} in all)`)
}

const open = async (files: Map<string, Buffer>) => {
  rmSync(dataDir, { recursive: true, force: true })
  mkdirSync(dataDir)
  for (const [name, bytes] of files) writeFileSync(join(dataDir, name), bytes)
  const left = [...ledger.scrubbed].filter((id) => [...files.values()].some((bytes) => bytes.includes(id)))
  const { losses, damages } = await aftermath({ dataDir }, ledger).catch((error: unknown) => ({
    losses: [],
    damages: [`cannot be opened: ${String(error)}`],
  }))
  return { losses: [...losses, ...left.map((id) => `scrubbed ${id} is in a file`)], damages }
}

const lastOf = (wanted: number): Kept => {
  const torn = disk.pending[wanted]!
  return (change) => change !== torn || change.kind !== 'write' || { bytes: tornAt(change, random) }
}

/** All that may be left of what is not safe. */
const cutPower = async (number: number) => {
  await verify('all kept', number, () => true)
  await verify('some kept', number, () => random() < 0.5)
  await verify('one torn', number, lastOf(Math.floor(random() * disk.pending.length)))
}

const count = (happening: Happening) => {
  const isWal = happening.kind !== 'note' && happening.path.endsWith('-wal')
  const isPart = happening.kind === 'write' && happening.path.endsWith('.db') && happening.data.length < pageSize
  if (happening.kind === 'note') seen.notes += 1
  else if (happening.kind === 'sync') seen.syncs += 1
  else if (isPart && happening.data.every((byte) => byte === 0)) seen.scrubbed += 1
  else if (isWal && happening.kind === 'write' && happening.offset === 0) seen.restarts += 1
  else if (isWal && happening.kind === 'resize' && happening.size === 0) seen.emptied += 1
}

let isChanged = false
for (const [number, happening] of (await readTrace(join(folder, 'log'), traced)).entries()) {
  count(happening)
  if (happening.kind === 'note') {
    ledger.note(happening.note)
    continue
  }
  // only now: the later the cut, the more has been told
  if (isChanged) await cutPower(number)
  if (disk.isMadeSafeBy(happening)) await verify('none kept', number, () => false)
  disk.apply(happening, number)
  isChanged = happening.kind !== 'sync' && disk.pending.length > 0
}
rmSync(dataDir, { recursive: true, force: true })
process.stdout.write(JSON.stringify({ ...found, ...seen }))
