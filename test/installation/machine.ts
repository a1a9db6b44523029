import { execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import { freshFolder } from '../app.ts'

const script = join(import.meta.dirname, 'machine.sh')

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** This machine's system, started again by its systemd with the service of the documentation; gone when the test ends. */
export const startMachine = async (t: TestContext, program: string) => {
  const port = await freePort()
  const folder = await freshFolder(t)
  const words = ['--mount', '--pid', '--cgroup', '--uts', '--ipc', '--fork', '--kill-child']
  const child = spawn('unshare', [...words, 'sh', script, folder, program, String(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.on('data', (data) => (stderr += String(data)))
  t.after(async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
  })
  /** A program inside, as root. */
  const run = async (...command: string[]): Promise<string> => {
    const [pid] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ')
    const within = [`--target=${pid}`, '--mount', '--pid', '--cgroup', '--uts', '--ipc']
    const { stdout } = await promisify(execFile)('nsenter', [...within, '--', ...command])
    return stdout
  }
  return {
    run,
    address: `http://127.0.0.1:${port}`,
    journal: () => run('journalctl', '--unit=support-inbox', '--output=cat', '--no-pager'),
    whyEnded: () => (child.exitCode === null ? undefined : `the machine ended: ${stderr}`),
  }
}
