import { parseArgs, styleText } from 'node:util'
import { common, Misuse, parseOptions, table, type Command, type Given } from './command.ts'
import { readConfig, Refusal, settings } from './config.ts'
import { ApiError } from './errors.ts'
import { withoutKeys } from './keys/secret.ts'
import { version } from './version.ts'

/** By the first word of their names; loaded when they are asked for, since that takes longer than most of them run. */
const groups: Record<string, () => Promise<Command[]>> = {
  serve: async () => [(await import('./serve-command.ts')).serveCommand],
  workspaces: async () => (await import('./workspaces/commands.ts')).workspaceCommands,
  agents: async () => (await import('./agents/commands.ts')).agentCommands,
  keys: async () => (await import('./keys/commands.ts')).keyCommands,
  channels: async () => (await import('./channels/commands.ts')).channelCommands,
  domains: async () => (await import('./channels/domain-commands.ts')).domainCommands,
  reports: async () => (await import('./mail/commands.ts')).reportCommands,
  import: async () => [(await import('./imports/command.ts')).importCommand],
  check: async () => [(await import('./check/command.ts')).checkCommand],
  doctor: async () => [(await import('./doctor/command.ts')).doctorCommand],
  backup: async () => [(await import('./backup/command.ts')).backupCommand],
  compact: async () => [(await import('./erasure/command.ts')).compactCommand],
  move: async () => [(await import('./move/command.ts')).moveCommand],
}

const commandsOf = async (word: string): Promise<Command[]> => (Object.hasOwn(groups, word) ? groups[word]!() : [])

/** Runs one command line; resolves to the exit code, or to undefined while a server runs. */
export const runCli = async (words: string[]): Promise<number | undefined> => {
  // what is written holds people's mail: for this user only
  process.umask(0o077)
  const group = await commandsOf(words[0] ?? '')
  const command = group.find(({ name }) => name.split(' ').every((word, i) => words[i] === word))
  try {
    if (!command) return await withoutCommand(words, group)
    const given = read(command, words.slice(command.name.split(' ').length))
    if (given.has('help')) return print(helpOf(command))
    const outcome = await command.run(given)
    if (!outcome) return undefined
    print(given.has('json') ? JSON.stringify(outcome.json) : outcome.text)
    return outcome.exitCode ?? 0
  } catch (error) {
    return explain(error, command)
  }
}

const print = (text: string): number => {
  if (text !== '') process.stdout.write(`${text}\n`)
  return 0
}

const withoutCommand = async (words: string[], group: Command[]): Promise<number> => {
  if (words[0] === '--version' || words[0] === 'version') return print(version)
  if (words.length === 0 || words.includes('--help') || words.includes('-h') || words[0] === 'help')
    return print(overview((await Promise.all(Object.keys(groups).map(commandsOf))).flat()))
  if (group.length > 0)
    throw new Misuse(`${words[0]} needs one of: ${group.map(({ name }) => name.split(' ')[1]).join(', ')}.`)
  throw new Misuse(`There is no command ${words[0]}.`)
}

const read = (command: Command, args: string[]): Given => {
  const { values, positionals } = parse(command, args)
  const missing = Object.entries(command.options ?? {}).find(
    ([name, { isRequired }]) => isRequired && values[name] === undefined,
  )
  const expected = command.words ?? []
  if (!values['help']) {
    if (missing) throw new Misuse(`--${missing[0]} is needed.`)
    if (positionals.length < expected.length) throw new Misuse(`${expected[positionals.length]} is needed.`)
    if (positionals.length > expected.length)
      throw new Misuse(`"${positionals[expected.length]}" is one word too many.`)
  }
  return {
    config: readConfig(process.env),
    words: positionals,
    text: (name) => values[name] as string | undefined,
    texts: (name) => (values[name] as string[] | undefined) ?? [],
    has: (name) => values[name] === true,
  }
}

const parse = (command: Command, args: string[]) => {
  try {
    return parseArgs({ args, options: parseOptions(command), allowPositionals: true })
  } catch (error) {
    throw new Misuse((error as Error).message.split('. To specify')[0]!.replace(/\.?$/, '.'))
  }
}

const explain = (error: unknown, command: Command | undefined): number => {
  if (error instanceof Misuse) {
    const help = ['npx support-inbox', command?.name, '--help'].filter(Boolean).join(' ')
    process.stderr.write(`${withoutKeys(error.message)} See: ${help}\n`)
    return 2
  }
  process.stderr.write(`${withoutKeys(sentenceOf(error))}\n`)
  return 1
}

const sentenceOf = (error: unknown): string => {
  if (error instanceof ApiError && error.code === 'storage_unavailable')
    return `The database could not be written (${(error.cause as Error).message}): another program holds it, or the disk is full or fails. Try again.`
  if (error instanceof Refusal || error instanceof ApiError) return error.message
  return String((error as Error).stack ?? error)
}

const bold = (text: string) => styleText('bold', text, { stream: process.stdout })

const overview = (commands: Command[]): string =>
  [
    `${bold('support-inbox')}: a self-hosted support inbox`,
    '',
    table(
      commands.map(({ name, words = [], summary }) => [`  npx support-inbox ${[name, ...words].join(' ')}`, summary]),
    ),
    '',
    'Each has --help (or -h), and --json for one JSON object on standard output. Settings come from the environment:',
    '',
    table(
      Object.entries(settings).map(([name, { default: preset, help }]) => [`  ${name}`, `${help} Default: ${preset}`]),
    ),
  ].join('\n')

const helpOf = ({ name, words = [], summary, help, options = {} }: Command): string => {
  const required = Object.entries(options).filter(([, { isRequired }]) => isRequired)
  const usage = [name, ...words, ...required.map(([option, { value }]) => `--${option} ${value}`), '[options]'].join(
    ' ',
  )
  return [
    `${bold('npx support-inbox')} ${usage}`,
    '',
    summary,
    ...(help ? ['', help] : []),
    '',
    table(
      Object.entries({ ...options, ...common }).map(([option, { value, help: text, isMany }]) => [
        `  --${option}${value ? ` ${value}` : ''}${isMany ? ' …' : ''}`,
        text,
      ]),
    ),
  ].join('\n')
}
