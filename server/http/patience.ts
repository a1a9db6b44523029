import type { Duplex } from 'node:stream'
import type { FastifyRequest } from 'fastify'

const patient = new WeakMap<Duplex, FastifyRequest['raw']>()

/** Its body is large: it may arrive after the time that requests have. Whoever falls silent is cut off all the same. */
export const mayTakeLong = ({ raw }: FastifyRequest): void => void patient.set(raw.socket, raw)

/** Whether what arrives on this connection may take longer. */
export const isGivenTime = (socket: Duplex): boolean => patient.get(socket)?.complete === false
