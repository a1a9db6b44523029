import type { FastifyRequest } from 'fastify'
import { limits } from '../limits.ts'
import { networkOf } from '../http/network.ts'
import { refuseAbove, shared, type Rates } from '../http/rates.ts'

/** Throws `too_many_requests` (429) where the client's address or the email address has tried too often. */
export type Throttle = (request: Pick<FastifyRequest, 'ip'>, emailKey?: string) => void

/** Whether anybody has the email address plays no part. */
export const createThrottle = (rates: Rates, what: 'sign-ins' | 'resets'): Throttle => {
  const keysMost = limits.signInAddresses
  const perEmail = what === 'resets' ? limits.resetsOfEmail : limits.signInsOfEmail
  const ofAddress = shared(rates, `${what} of an address`, { most: limits.signInsOfAddress, keysMost })
  const ofEmail = shared(rates, `${what} of an email address`, { most: perEmail, keysMost })
  return ({ ip }, emailKey) => {
    refuseAbove(ofAddress, networkOf(ip), 'your address')
    if (emailKey !== undefined) refuseAbove(ofEmail, emailKey, 'people with this email address')
  }
}
