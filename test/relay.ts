import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

/** The network between a browser and a server; it can be cut, and restored. */
export const startRelay = async (t: Pick<TestContext, 'after'>, port: number) => {
  const sockets = new Set<Socket>()
  let isCut = false
  const relay = createServer((near) => {
    if (isCut) {
      near.destroy()
      return
    }
    const far = connect(port, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.pipe(far).pipe(near)
  })
  const cut = () => {
    isCut = true
    for (const socket of sockets) socket.destroy()
  }
  relay.listen(0, '127.0.0.1')
  await once(relay, 'listening')
  t.after(() => {
    cut()
    relay.close()
  })
  return {
    url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    cut,
    restore: () => void (isCut = false),
  }
}
