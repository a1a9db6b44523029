import type { Socket } from 'node:net'
import { limits } from '../limits.ts'
import { networkOf } from '../http/network.ts'
import { isAmong } from '../http/reach.ts'

/** A connection of a mail client. */
export interface Client {
  network: string
  /** Whether it may send so many bytes more; they are counted until they are given back. */
  take(bytes: number): boolean
  give(bytes: number): void
  /** What it is doing: telling, sending a mail, or waiting for our answer. */
  is(phase: Phase): void
}

type Phase = 'commands' | 'data' | 'waiting'

/** What a network, or all of them, have: connections, and bytes of mails that are not yet answered. */
interface Use {
  connections: number
  bytes: number
}

interface Pace {
  /** Milliseconds in which so many bytes of a mail must arrive. */
  window: number
  bytes: number
}

export const usualPace: Pace = { window: limits.smtpPaceWindow, bytes: limits.smtpPaceBytes }

/** How often it is looked for clients that are too slow, milliseconds. */
const lookEvery = 250

/**
 * Holds SMTP clients to their quotas, so that no network takes what others need, and cuts off those that are too slow.
 * `relays` hand on the mail of many: they share the quota of all.
 */
export const watchClients = (relays: string[], { pace = usualPace, mailBytes }: { pace?: Pace; mailBytes: number }) => {
  const isRelay = isAmong(relays)
  const all: Use = { connections: 0, bytes: 0 }
  const networks = new Map<string, Use>()
  const looks = new Set<(now: number) => void>()
  const timer = setInterval(() => looks.forEach((look) => look(performance.now())), lookEvery).unref()

  const admit = (socket: Socket): Client | undefined => {
    const address = socket.remoteAddress ?? ''
    const network = networkOf(address)
    const use = () => networks.get(network) ?? { connections: 0, bytes: 0 }
    const most = isRelay(address.includes('.') ? network : address)
      ? { connections: limits.smtpConnections, bytes: limits.smtpBytesAtOnce }
      : { connections: limits.smtpConnectionsOfNetwork, bytes: Math.max(limits.smtpBytesOfNetwork, 2 * mailBytes) }
    if (use().connections >= most.connections || all.connections >= limits.smtpConnections) return undefined
    const count = (key: keyof Use, by: number) => {
      const its = use()
      its[key] += by
      all[key] += by
      if (its.connections + its.bytes > 0) networks.set(network, its)
      else networks.delete(network)
    }

    const began = performance.now()
    let phase: Phase = 'commands'
    let since = began
    let arrived = 0
    const isTooSlow = (now: number): boolean => {
      if (now - began > limits.smtpSession) return true
      if (phase === 'commands') return now - since > limits.smtpCommands
      if (phase === 'waiting' || now - since < pace.window) return false
      if (arrived < pace.bytes) return true
      since = now
      arrived = 0
      return false
    }
    const look = (now: number) => {
      if (isTooSlow(now)) socket.destroy()
    }
    count('connections', 1)
    looks.add(look)
    socket.once('close', () => {
      count('connections', -1)
      looks.delete(look)
    })
    return {
      network,
      take: (bytes) => {
        arrived += bytes
        if (use().bytes + bytes > most.bytes || all.bytes + bytes > limits.smtpBytesAtOnce) return false
        count('bytes', bytes)
        return true
      },
      give: (bytes) => count('bytes', -bytes),
      is: (next) => {
        phase = next
        since = performance.now()
        arrived = 0
      },
    }
  }

  return { admit, close: () => clearInterval(timer) }
}
