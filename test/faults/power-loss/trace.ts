import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Note } from '../ledger.ts'

/** What a disk is asked to do, and what clients were told meanwhile, in the order in which it happened. */
export type Happening =
  | { kind: 'write'; path: string; offset: number; data: Buffer }
  | { kind: 'resize'; path: string; size: number }
  | { kind: 'create' | 'unlink'; path: string }
  /** Covers what was done to this file or folder before the happening of number `since`. */
  | { kind: 'sync'; path: string; since: number }
  | { kind: 'note'; note: Note }

/** What strace has to write for `readTrace`: data and paths in hexadecimal, the path of every descriptor. */
export const straceWords = (log: string): string[] => [
  ...'strace -f --seccomp-bpf -y -xx -s 100000000 -e signal=none -e'.split(' '),
  `trace=${understood},${notUnderstood}`,
  '-o',
  log,
]

const understood = 'openat,write,pwrite64,fsync,fdatasync,ftruncate,unlink'
/** Other ways to change a file: whoever used one on the database would make the replay untrue. */
const notUnderstood =
  'open,creat,writev,pwritev,pwritev2,fallocate,sync_file_range,copy_file_range,unlinkat,rename,renameat,renameat2,sendfile,splice'

interface Watched {
  /** Its files are replayed, but for -shm, which is rebuilt. */
  dataDir: string
  /** What is written here are notes, one JSON a line. */
  notes: string
}

/** Reads a log of strace. Throws where a file of `dataDir` was changed in a way that is not replayed. */
export const readTrace = async (log: string, { dataDir, notes }: Watched): Promise<Happening[]> => {
  const happenings: Happening[] = []
  const begun = new Map<string, { text: string; since: number }>()
  const isWatched = (path: string) =>
    path === dataDir || path === notes || (path.startsWith(`${dataDir}/`) && !path.endsWith('-shm'))
  for await (const line of createInterface({ input: createReadStream(log), crlfDelay: Infinity })) {
    const [, pid = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? []
    if (rest.endsWith('<unfinished ...>')) {
      // a call that another thread's lie within: a sync covers only what was done when it began
      begun.set(pid, { text: rest.slice(0, -'<unfinished ...>'.length), since: happenings.length })
      continue
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest)
    const { text, since } = resumed ? begun.get(pid)! : { text: '', since: happenings.length }
    const happening = read(resumed ? text + resumed[1]! : rest, since, isWatched)
    if (happening && happening.path !== notes) happenings.push(happening)
    else if (happening?.kind === 'write')
      happenings.push({ kind: 'note', note: JSON.parse(String(happening.data)) as Note })
  }
  return happenings
}

type OfPath = Exclude<Happening, { kind: 'note' }>

const read = (call: string, since: number, isWatched: (path: string) => boolean): OfPath | undefined => {
  const [, name = '', args = '', result = ''] = /^(\w+)\((.*)\) += (-?\d+|\?)/s.exec(call) ?? []
  if (name === '' || Number(result) < 0) return undefined
  const ofDescriptor = /^\d+<([^>]*)>(\(deleted\))?/.exec(args)
  const path = unhex(ofDescriptor?.[1] ?? /"([^"]*)"/.exec(args)?.[1] ?? '')
  if (!isWatched(path) || ofDescriptor?.[2]) return undefined
  switch (name) {
    case 'openat':
      return args.includes('O_CREAT') ? { kind: 'create', path } : undefined
    case 'unlink':
      return { kind: 'unlink', path }
    case 'write':
    case 'pwrite64': {
      const [, data = '', offset] = /"([^"]*)", \d+(?:, (\d+))? ?$/.exec(args)!
      const written = bytes(data)
      if (written.length !== Number(result))
        throw new Error(`only ${result} of ${written.length} bytes of ${path} were written`)
      return { kind: 'write', path, offset: Number(offset), data: written }
    }
    case 'ftruncate':
      return { kind: 'resize', path, size: Number(/, (\d+) ?$/.exec(args)![1]) }
    case 'fsync':
    case 'fdatasync':
      return { kind: 'sync', path, since }
    default:
      throw new Error(`${path} was changed by ${name}, which is not replayed`)
  }
}

const bytes = (escaped: string): Buffer => Buffer.from(escaped.replaceAll('\\x', ''), 'hex')

const unhex = (escaped: string): string => String(bytes(escaped))
