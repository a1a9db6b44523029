import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { straceWords } from './power-loss/trace.ts'
import { hasStrace } from './tools.ts'

// F2: what the server writes and syncs is traced together with what clients are told. Then the power is cut at every
// point: of what was not synced all is left, or nothing, or some of it, or a write is torn between two sectors.

const script = (name: string) => join(import.meta.dirname, 'power-loss', name)

/** In memory where there is room for it: ten thousand databases are written. */
const freshFolder = async (t: TestContext): Promise<string> => {
  const folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'support-inbox-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Resolves to what the program prints as JSON. */
const run = async ([program, ...words]: [string, ...string[]]) => {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (data) => (text += String(data)))
  const [code] = await once(child, 'close')
  assert.equal(code, 0, words.join(' '))
  return JSON.parse(text)
}

interface Found {
  states: number
  losing: number
  corrupt: number
  examples: string[]
  notes: number
  syncs: number
  restarts: number
  emptied: number
  /** Writes of zeros into a page of the database. */
  scrubbed: number
}

/** `share`: of how many crash states one is looked at. */
const cutPowerEverywhere = async (
  t: TestContext,
  { requests, mistake = [], share = 1 }: { requests: number; mistake?: string[]; share?: number },
): Promise<Found> => {
  const folder = await freshFolder(t)
  const [strace = '', ...words] = straceWords(join(folder, 'log'))
  await run([strace, ...words, process.execPath, script('drive.ts'), folder, String(requests), ...mistake])
  const processes = availableParallelism()
  const all: Found[] = await Promise.all(
    Array.from({ length: processes }, (_, part) =>
      run([process.execPath, script('verify.ts'), folder, String(part), String(processes * share)]),
    ),
  )
  const sum = (field: 'states' | 'losing' | 'corrupt') => all.reduce((total, found) => total + found[field], 0)
  return {
    ...all[0]!,
    states: sum('states'),
    losing: sum('losing'),
    corrupt: sum('corrupt'),
    examples: all.flatMap(({ examples }) => examples),
  }
}

const inWords = ({ states, losing, corrupt, notes, syncs, restarts, emptied, scrubbed }: Found) =>
  `${states} crash states of ${notes} notes and ${syncs} syncs, the log begun anew ${restarts} times and emptied ${emptied}, ` +
  `${scrubbed} pages scrubbed: ${losing} lost something, ${corrupt} were corrupt`

test(
  'F2: after a power cut at any point everything that anybody was told is there, and nothing is corrupt',
  { timeout: 3_600_000 },
  async (t) => {
    if (!hasStrace(t)) return
    const found = await cutPowerEverywhere(t, { requests: 150 })
    t.diagnostic(inWords(found))
    assert.deepEqual([found.losing, found.corrupt], [0, 0], found.examples.join('\n'))
    assert.ok(found.states >= 10_000 && found.restarts > 2 && found.emptied > 0 && found.scrubbed > 0, inWords(found))
  },
)

test('F2: a server that answers before it syncs is found out', { timeout: 1_200_000 }, async (t) => {
  if (!hasStrace(t)) return
  const found = await cutPowerEverywhere(t, { requests: 60, mistake: ['early'], share: 20 })
  t.diagnostic(`control: ${inWords(found)}`)
  assert.ok(found.losing > 0)
})
