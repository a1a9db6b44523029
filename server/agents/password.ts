import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { Type } from 'typebox'
import { limits } from '../limits.ts'
import { fail } from '../errors.ts'

/** As OWASP recommends it with 32 MiB of memory; about a fifth of a second. */
const cost = { N: 2 ** 15, r: 8, p: 3 }
const keyBytes = 32
const saltBytes = 16

export const newPassword = Type.String({
  minLength: limits.passwordLeast,
  maxLength: limits.passwordMost,
  'x-rule': `must have ${limits.passwordLeast} to ${limits.passwordMost} characters`,
})

/** One that was chosen before; a wrong one is simply wrong. */
export const anyPassword = Type.String({ maxLength: limits.passwordMost })

/** `scrypt:N:r:p:salt:key`, so that the cost can grow and older ones still be checked. */
export const hashPassword = async (password: string): Promise<string> => {
  const salt = randomBytes(saltBytes)
  const key = await derive(password, salt, cost)
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join(':')
}

/** Without a hash it takes as long, and is wrong: nobody can tell whether there is one. */
export const isPassword = async (password: string, hash: string | null | undefined): Promise<boolean> => {
  const [, N, r, p, salt = '', key = ''] = (hash ?? '').split(':')
  const given = hash ? { N: Number(N), r: Number(r), p: Number(p) } : cost
  const derived = await derive(password, Buffer.from(salt, 'base64url'), given)
  const expected = Buffer.from(key, 'base64url')
  return expected.length === derived.length && timingSafeEqual(expected, derived)
}

let last: Promise<unknown> = Promise.resolve()
let waiting = 0

/** One at a time: the threads that do it also sync the disk, and everybody else waits for that. */
const derive = (password: string, salt: Buffer, { N, r, p }: typeof cost): Promise<Buffer> => {
  if (waiting >= limits.passwordsWaiting) fail('too_many_requests', { whom: 'people who sign in', retryAfter: 5 })
  waiting += 1
  const options = { N, r, p, maxmem: 256 * N * r }
  const work = () =>
    new Promise<Buffer>((resolve, reject) =>
      // composed and decomposed letters are one password
      scrypt(password.normalize('NFKC'), salt, keyBytes, options, (error, key) =>
        error ? reject(error) : resolve(key),
      ),
    ).finally(() => (waiting -= 1))
  const key = last.then(work)
  last = key.catch(() => {})
  return key
}
