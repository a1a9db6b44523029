import { execFile } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { Config } from '../config.ts'
import { assertSqliteVersion } from '../db/sqlite.ts'
import { tryWriteIn } from '../db/try-write.ts'
import { version } from '../version.ts'
import { failed, type Finding, messageOf, ok, warn } from './finding.ts'

const gibibyte = 1024 ** 3

export const checkVersions = (): Finding => {
  const { node, sqlite } = process.versions
  const found = `support-inbox ${version}, Node.js ${node}, SQLite ${sqlite}`
  try {
    assertSqliteVersion(sqlite)
    return ok('versions', found)
  } catch (error) {
    return failed('versions', found, messageOf(error))
  }
}

export const checkFolder = async ({ dataDir, databaseUrl }: Config): Promise<Finding> => {
  if (!existsSync(dataDir))
    return databaseUrl === ''
      ? failed(
          'data folder',
          `${dataDir} is not there.`,
          'Start the server once, or set DATA_DIR to the folder that has the data.',
        )
      : ok('data folder', `${dataDir} is made when a file is imported.`)
  const { uid, mode } = statSync(dataDir)
  const own = process.getuid?.() ?? uid
  if (uid !== own)
    return warn(
      'data folder',
      `${dataDir} belongs to the user ${uid}, and this is ${own}.`,
      "Run commands as the server's user.",
    )
  if ((mode & 0o077) !== 0) return warn('data folder', `${dataDir} can be read by other users.`, `chmod 700 ${dataDir}`)
  try {
    await tryWriteIn(dataDir)
    return ok('data folder', `${dataDir} can be written.`)
  } catch (error) {
    return failed(
      'data folder',
      messageOf(error),
      `Let the server's user write to ${dataDir}, and make room on its disk.`,
    )
  }
}

/** Of statfs(2): SQLite's locks do not hold there. */
const networks = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0x517b, 'SMB'],
])

export const checkDisk = async ({ dataDir, databaseUrl, minFreeSpace }: Config): Promise<Finding> => {
  const found = await statfs(dataDir).catch(() => undefined)
  if (!found && databaseUrl !== '') return ok('disk', 'Nothing is in the data folder yet.')
  if (!found) return warn('disk', 'The free space cannot be told.', 'See to the data folder first.')
  const network = networks.get(found.type)
  if (network && databaseUrl === '')
    return failed(
      'disk',
      `${dataDir} is on ${network}.`,
      'Move it to a local disk: locks do not hold on network file systems.',
    )
  const free = found.bavail * found.bsize
  const text = `${(free / gibibyte).toFixed(1)} GiB of ${((found.blocks * found.bsize) / gibibyte).toFixed(1)} GiB are free.`
  if (free < minFreeSpace) return failed('disk', text, 'Make room: mail, chats and forms are refused (MIN_FREE_SPACE).')
  if (free < Math.max(gibibyte, 2 * minFreeSpace)) return warn('disk', text, 'Make room before it runs out.')
  return ok('disk', text)
}

/** What systemd knows of it; elsewhere nobody is asked. */
export const checkSynchronisation = async (): Promise<Finding> => {
  const { stdout } = await promisify(execFile)('timedatectl', ['show', '--property=NTPSynchronized', '--value'], {
    timeout: 2000,
  }).catch(() => ({ stdout: '' }))
  const time = new Date(Date.now()).toISOString()
  if (stdout.trim() === 'no')
    return warn('clock', `${time}, not synchronised.`, 'Synchronise it: systemctl enable --now systemd-timesyncd')
  return ok(
    'clock',
    stdout.trim() === 'yes'
      ? `${time}, synchronised.`
      : `${time}. The system does not tell whether it is synchronised.`,
  )
}
