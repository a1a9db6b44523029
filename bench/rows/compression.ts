import { dataOf } from '../data.ts'
import { press } from '../press.ts'
import { inboxAt, serve } from '../product.ts'
import type { Row } from '../row.ts'
import { inTurn } from '../versus.ts'

const path = '/customers?limit=100'
const leastShare = 0.25
const mostOfBytes = 0.35

export const compression: Row = {
  name: 'compression',
  async *measure(bench) {
    const { env, key } = await dataOf(bench.kept, { messages: bench.size, workspaces: 1 })
    const server = await serve({ temporary: bench.temporary, env })
    try {
      const inbox = inboxAt(server.hello.address, key)
      for (const encoding of ['br', 'gzip'] as const) {
        const asked = { method: 'GET', url: inbox.url + path, key: inbox.key } as const
        const side = (acceptEncoding: string) => async () =>
          (await press({ ...asked, acceptEncoding }, bench.seconds)).perSecond
        const [plain, compressed] = await inTurn(bench.rounds, [side('identity'), side(encoding)])
        const bytes = { plain: await bytesOf(asked, 'identity'), compressed: await bytesOf(asked, encoding) }
        const share = compressed / plain
        const ofBytes = bytes.compressed / bytes.plain
        yield {
          what: `GET customers, 100 a page, with ${encoding}`,
          measured: `${share.toFixed(2)} of the answers, ${ofBytes.toFixed(2)} of the bytes`,
          bar: `≥ ${leastShare} of the answers, ≤ ${mostOfBytes} of the bytes`,
          isReached: share >= leastShare && ofBytes <= mostOfBytes,
          beside: `${Math.round(plain)} and ${Math.round(compressed)} a second, ${bytes.plain} and ${bytes.compressed} bytes`,
        }
      }
    } finally {
      await server.stop()
    }
  },
}

/** Of the body as it is sent. */
const bytesOf = async ({ url, key }: { url: string; key: string }, encoding: string): Promise<number> => {
  const { get } = process.getBuiltinModule('node:http')
  return new Promise((resolve, reject) => {
    get(url, { headers: { authorization: `Bearer ${key}`, 'accept-encoding': encoding } }, (answer) => {
      let bytes = 0
      answer.on('data', (data: Buffer) => (bytes += data.length)).on('end', () => resolve(bytes))
    }).on('error', reject)
  })
}
