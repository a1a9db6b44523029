import { Resolver } from 'node:dns'
import { listAllChannels } from '../channels/queries.ts'
import { Misuse, type Command, type Given } from '../command.ts'
import { domainOf } from '../email-address.ts'
import { withDatabase } from '../with-database.ts'
import { checkCertificate, checkPublicAddress, checkServer } from './address.ts'
import { checkDatabase } from './database.ts'
import { checkDns } from './dns.ts'
import { failed, type Finding, messageOf } from './finding.ts'
import { checkDisk, checkFolder, checkSynchronisation, checkVersions } from './machine.ts'
import { checkArriving, checkSending } from './mail.ts'

export const doctorCommand: Command = {
  name: 'doctor',
  summary:
    'Look at everything around the inbox, and say what to do: folder, disk, clock, database, mail, DNS, TLS, address.',
  help: 'Ends with exit code 1 when something has failed. It reads the settings that the server has, connects to mail servers and sends nothing.',
  options: {
    dns: { value: 'ADDRESS', help: "Ask this name server instead of the system's." },
    selector: { value: 'NAME', help: 'Look for this DKIM key of each domain.', isMany: true },
  },
  run: async (given) => {
    const nameServer = nameServerOf(given)
    const findings = await examine(given, nameServer)
    const isFailed = findings.some(({ status }) => status === 'FAIL')
    return {
      json: { ok: !isFailed, checks: findings },
      text: findings.flatMap(lines).join('\n'),
      exitCode: isFailed ? 1 : 0,
    }
  },
}

const lines = ({ check, status, found, action }: Finding): string[] => [
  `${status.padEnd(4)}  ${check}: ${printable(found)}`,
  ...(action === undefined ? [] : [`      → ${action}`]),
]

const shown = 400

/** Records and replies are what others write. */
const printable = (text: string): string => text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, shown)

const nameServerOf = (given: Given): string | undefined => {
  const server = given.text('dns')
  try {
    if (server !== undefined) new Resolver().setServers([server])
    return server
  } catch {
    throw new Misuse(`--dns ${server} is not an address.`)
  }
}

const examine = async (given: Given, nameServer: string | undefined): Promise<Finding[]> => {
  const { config } = given
  const [server, address, ...around] = await Promise.all([
    checkServer(config),
    checkPublicAddress(config),
    checkFolder(config),
    checkDisk(config),
    checkSynchronisation(),
  ])
  return [
    checkVersions(),
    ...around,
    ...(await examineDatabase(given, nameServer)),
    checkCertificate(config),
    server,
    address,
  ]
}

const examineDatabase = async (given: Given, nameServer: string | undefined): Promise<Finding[]> => {
  try {
    return await withDatabase(given, async (db) => {
      const channels = (await listAllChannels(db)).filter(({ kind }) => kind === 'EMAIL')
      const dns = {
        domains: [...new Set(channels.map(({ email }) => domainOf(email!)))],
        selectors: given.texts('selector'),
        server: nameServer,
      }
      const found = await Promise.all([
        checkDatabase(db, given.config),
        checkSending(channels, given.config),
        checkArriving(channels, given.config),
        checkDns(dns),
      ])
      return found.flat()
    })
  } catch (error) {
    return [failed('database', messageOf(error), 'What needs the database was not looked at.')]
  }
}
