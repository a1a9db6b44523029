import { setTimeout as sleep } from 'node:timers/promises'
import { copyOf, dataOf } from '../data.ts'
import { press } from '../press.ts'
import { inboxAt, serve } from '../product.ts'
import { memoryOf } from '../program.ts'
import type { Line, Row } from '../row.ts'
import { newContact } from './writes.ts'

const mostMegabytes = 200

export const memory: Row = {
  name: 'memory',
  async *measure({ kept, temporary, seconds, size }) {
    const { env, key } = copyOf(await dataOf(kept, { messages: size, workspaces: 100 }), temporary)
    const server = await serve({ temporary, env })
    let most = 0
    const watching = setInterval(() => (most = Math.max(most, memoryOf(server.pid))), 50)
    try {
      const inbox = inboxAt(server.hello.address, key)
      const idle = memoryOf(server.pid)
      const paths = ['/customers?limit=100', '/conversations?limit=100', '/search?q=in&limit=50', '/search?q=zzyzxqwv']
      for (const path of paths) await press({ method: 'GET', url: inbox.url + path, key: inbox.key }, seconds)
      await press({ method: 'POST', url: inbox.url + newContact.path, key: inbox.key, body: newContact.body }, seconds)
      await sleep(1000)
      yield line(`Memory with ${size.toLocaleString('en')} messages, idle`, idle)
      yield line('At most under load: lists of 100, searches, new contacts', most)
      yield line('A second after it', memoryOf(server.pid))
    } finally {
      clearInterval(watching)
      await server.stop()
    }
  },
}

const line = (what: string, megabytes: number): Line => ({
  what,
  measured: `${Math.round(megabytes)} MB`,
  bar: `≤ ${mostMegabytes} MB`,
  isReached: megabytes <= mostMegabytes,
  beside: '',
})
