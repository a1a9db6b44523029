import { join } from 'node:path'
import { startPostgres } from '../../test/postgres.ts'
import { generate } from '../generate.ts'
import { openData } from '../data.ts'
import { connections, press } from '../press.ts'
import { ask, inboxAt, serve } from '../product.ts'
import { programs, startProgram } from '../program.ts'
import { frequentWords } from '../requests.ts'
import type { Row } from '../row.ts'
import { inTurn } from '../versus.ts'
import type { Statements } from '../yardsticks/statements.ts'
import { newContact } from './writes.ts'

const least = 0.5
/** Filling it is what takes long. */
const mostMessages = 100_000

export const postgres: Row = {
  name: 'postgres',
  async *measure({ temporary, size, rounds, seconds }) {
    const started = await startPostgres({ isDurable: true })
    const env = { DATABASE_URL: `${started.server}/postgres` }
    const db = await openData(env)
    const messages = Math.min(size, mostMessages)
    const { key } = await generate(db, { messages, contacts: messages / 10, workspaces: 100, seed: 1 })
    const [[q]] = (await frequentWords(db, key.workspaceId)) as [[string, number]]
    await db.close()
    const server = await serve({ temporary, env })
    try {
      const inbox = inboxAt(server.hello.address, key)
      const { customers } = JSON.parse((await ask(inbox, '/customers')).body)
      const contactId = customers.items[0].contact.id
      const kinds = [
        ['contact', 'GET contact', `/contacts/${contactId}`],
        ['customers', 'GET customers', '/customers'],
        ['search', 'GET search, a common word', `/search?q=${q}`],
        ['create', 'POST contact', newContact.path],
      ] as const
      for (const [kind, what, path] of kinds) {
        const statements: Statements = { ...key, kind, contactId, q, seconds, atOnce: connections }
        const loop = async () => {
          const words = [programs.statements, JSON.stringify(statements)]
          return (await startProgram<{ perSecond: number }>(words, { output: join(temporary, 'loop.log'), env })).hello
            .perSecond
        }
        const request =
          kind === 'create' ? ({ method: 'POST', body: newContact.body } as const) : ({ method: 'GET' } as const)
        const served = async () =>
          (await press({ ...request, url: inbox.url + path, key: inbox.key }, seconds)).perSecond
        await served()
        const [alone, product] = await inTurn(rounds, [loop, served])
        yield {
          what: `PostgreSQL: ${what}`,
          measured: `${(product / alone).toFixed(2)} × its statements`,
          bar: `≥ ${least.toFixed(2)} × its statements`,
          isReached: product / alone >= least,
          beside: `${Math.round(product)}/s of ${Math.round(alone)}/s`,
        }
      }
    } finally {
      await server.stop()
      await started.stop()
    }
  },
}
