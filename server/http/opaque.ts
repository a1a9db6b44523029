import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import type { Db } from '../db/db.ts'
import { installationSecret } from '../db/secret.ts'
import { fail } from '../errors.ts'

/** Hides the numbers that workspaces draw from one counter: a difference of two would tell what the others do. */
export interface Opaque {
  hide(number: number): string
  /** Undefined for a text that does not hide a number of this workspace. */
  find(text: string): number | undefined
}

export type OpaqueOf = (workspaceId: string) => Promise<Opaque>

const keyBytes = 16
const blockBytes = 16
const numberAt = 8

export const opaqueNumbers = (db: Db): OpaqueOf => {
  let secret: Promise<string> | undefined
  return async (workspaceId) => {
    secret ??= installationSecret(db).catch((error: unknown) => {
      secret = undefined
      throw error
    })
    return opaqueUnder(
      createHmac('sha256', await secret)
        .update(`numbers ${workspaceId}`)
        .digest()
        .subarray(0, keyBytes),
    )
  }
}

/** One block of AES for each number: the same number is the same text, and two texts tell nothing of each other. */
const opaqueUnder = (key: Buffer): Opaque => ({
  hide: (number) => {
    const block = Buffer.alloc(blockBytes)
    block.writeBigInt64BE(BigInt(number), numberAt)
    return createCipheriv('aes-128-ecb', key, null).setAutoPadding(false).update(block).toString('base64url')
  },
  find: (text) => {
    const hidden = Buffer.from(text, 'base64url')
    if (hidden.length !== blockBytes || hidden.toString('base64url') !== text) return undefined
    const block = createDecipheriv('aes-128-ecb', key, null).setAutoPadding(false).update(hidden)
    return block.readBigInt64BE() === 0n ? Number(block.readBigInt64BE(numberAt)) : undefined
  },
})

/** The number in an anchor of a list; throws `invalid_cursor` (400) where it is none. */
export const numberIn = (numbers: Opaque, anchor: string | undefined): number | undefined =>
  anchor === undefined ? undefined : (numbers.find(anchor) ?? fail('invalid_cursor'))
