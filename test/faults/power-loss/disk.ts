import { basename } from 'node:path'
import type { Happening } from './trace.ts'

/** What a program has asked for; `inode` tells a file from an earlier one of the same name. */
type Change = Exclude<Happening, { kind: 'note' | 'sync' }> & { inode: string; number: number }

/** Which changes the disk has kept; a write may have been cut after some `bytes` of it. */
export type Kept = (change: Change) => boolean | { bytes: number }

interface Files {
  /** Path to inode, as the folder has it. */
  names: Map<string, string>
  contents: Map<string, Content>
}

/** `room` is `size` bytes and what may still be needed. */
interface Content {
  room: Buffer
  size: number
}

const sector = 512

/** A disk under a program: what is safe on it, and what a power cut may or may not take. */
export class Disk {
  readonly #dataDir: string
  readonly #safe: Files = { names: new Map(), contents: new Map() }
  /** The names as the program sees them. */
  readonly #seen = new Map<string, string>()
  #pending: Change[] = []

  constructor(dataDir: string) {
    this.#dataDir = dataDir
  }

  /** Changes of files that are not safe until the file is synced, and of names until the folder is. */
  get pending(): readonly Change[] {
    return this.#pending
  }

  isMadeSafeBy(sync: Happening): boolean {
    return this.#pending.some((change) => this.#isCovered(change, sync))
  }

  apply(happening: Exclude<Happening, { kind: 'note' }>, number: number): void {
    if (happening.kind === 'sync') {
      for (const change of this.#pending.filter((change) => this.#isCovered(change, happening)))
        make(this.#safe, change)
      this.#pending = this.#pending.filter((change) => !this.#isCovered(change, happening))
      return
    }
    const { kind, path } = happening
    if (kind === 'create') {
      if (this.#seen.has(path)) return
      this.#seen.set(path, `${path} ${number}`)
    }
    this.#pending.push({ ...happening, inode: this.#seen.get(path)!, number })
    if (kind === 'unlink') this.#seen.delete(path)
  }

  /** The files after a power cut, by name. */
  afterPowerCut(kept: Kept): Map<string, Buffer> {
    const files: Files = {
      names: new Map(this.#safe.names),
      contents: new Map(
        [...this.#safe.contents].map(([inode, { room, size }]) => [inode, { room: Buffer.from(room), size }]),
      ),
    }
    for (const change of this.#pending) {
      const part = kept(change)
      if (part === true) make(files, change)
      else if (part !== false && change.kind === 'write')
        make(files, { ...change, data: change.data.subarray(0, part.bytes) })
    }
    return new Map(
      [...files.names].map(([path, inode]) => {
        const { room, size } = files.contents.get(inode) ?? empty
        return [basename(path), room.subarray(0, size)]
      }),
    )
  }

  #isCovered(change: Change, sync: Happening): boolean {
    if (sync.kind !== 'sync' || change.number >= sync.since) return false
    if (change.kind === 'create' || change.kind === 'unlink') return sync.path === this.#dataDir
    return change.inode === this.#seen.get(sync.path)
  }
}

const empty: Content = { room: Buffer.alloc(0), size: 0 }

const make = ({ names, contents }: Files, change: Change): void => {
  const { inode, path } = change
  const before = contents.get(inode) ?? empty
  if (change.kind === 'create') names.set(path, inode)
  if (change.kind === 'unlink') names.delete(path)
  if (change.kind === 'resize') contents.set(inode, resized(before, change.size))
  if (change.kind === 'write') {
    const after = resized(before, Math.max(before.size, change.offset + change.data.length))
    change.data.copy(after.room, change.offset)
    contents.set(inode, after)
  }
}

const resized = ({ room, size: before }: Content, size: number): Content => {
  if (size <= room.length) return { room: size < before ? room.fill(0, size, before) : room, size }
  return { room: Buffer.concat([room, Buffer.alloc(size + room.length)]), size }
}

/** How many bytes of a write reach the disk when it is cut between two sectors. */
export const tornAt = ({ offset, data }: { offset: number; data: Buffer }, random: () => number): number => {
  const first = Math.floor(offset / sector)
  const boundaries = Math.floor((offset + data.length - 1) / sector) - first
  if (boundaries === 0) return random() < 0.5 ? 0 : data.length
  return (first + 1 + Math.floor(random() * boundaries)) * sector - offset
}
