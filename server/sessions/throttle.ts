import type { FastifyRequest } from 'fastify'
import { limits } from '../config.ts'
import { networkOf } from '../http/network.ts'
import { Rate, refuseAbove } from '../http/rates.ts'

/** Throws `too_many_requests` (429) where the client's address or the email address has tried too often. */
export type Throttle = (request: Pick<FastifyRequest, 'ip'>, emailKey?: string) => void

/** Whether anybody has the email address plays no part. */
export const createThrottle = (perEmail: number = limits.signInsOfEmail): Throttle => {
  const ofAddress = new Rate(limits.signInsOfAddress, limits.signInAddresses)
  const ofEmail = new Rate(perEmail, limits.signInAddresses)
  return ({ ip }, emailKey) => {
    refuseAbove(ofAddress, networkOf(ip), 'your address')
    if (emailKey !== undefined) refuseAbove(ofEmail, emailKey, 'people with this email address')
  }
}
