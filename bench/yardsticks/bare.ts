import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An answer as the product gave it. */
export interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

// What Node.js by itself can do: the same bytes to everybody, out of memory. Its word is the file with the answer.

const { status, headers, body } = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Answer

const server = createServer((request, response) => {
  const answer = () => void response.writeHead(status, headers).end(body)
  if (request.method === 'GET') answer()
  else request.resume().on('end', answer)
}).listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.stdout.write(`${JSON.stringify({ address: `http://127.0.0.1:${port}` })}\n`)
})
process.on('SIGTERM', () => process.exit(0))
