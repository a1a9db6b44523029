import { once } from 'node:events'
import { createWriteStream, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chanceOf } from './chance.ts'
import { planOf } from './plan.ts'
import { languageOf, message, person, subject, team } from './text.ts'

const seed = 1

/** How many mails the made-up archive has, and the team's own address in it. */
export const mails = 20_000
export const own = 'help@our-team.example'

/** The archive, made once and kept in `folder`. */
export const mboxOf = async (folder: string): Promise<string> => {
  const file = join(folder, `${mails}.mbox`)
  mkdirSync(folder, { recursive: true })
  if (!existsSync(file)) await writeMbox(file)
  return file
}

/** "Thu Nov 28 16:31:26 2024" */
const postmarkOf = (at: number): string =>
  new Date(at).toUTCString().replace(/(\w+), (\d+) (\w+) (\d+) (\S+) GMT/, '$1 $3 $2 $5 $4')

/** Made-up mails, threads and all, of one team and its customers. */
const writeMbox = async (file: string): Promise<void> => {
  const { conversations, messages } = planOf(
    { workspaces: 1, contacts: Math.ceil(mails / 5), messages: mails },
    seed,
    Date.now(),
  )
  const ours = team(seed, 0)
  const out = createWriteStream(file)
  for (let i = 0; i < mails; i++) {
    const thread = messages.conversation[i]!
    const contact = conversations.contact[thread]!
    const byContact = chanceOf(seed, -contact - 2)
    const customer = person(byContact, { language: languageOf(byContact, ours), number: contact })
    const [chance, isInbound, at] = [chanceOf(seed, i), messages.isInbound[i] === 1, messages.at[i]!]
    const [from, to] = isInbound ? [customer.email, own] : [own, customer.email]
    const position = messages.position[i]!
    const isQuoting = position > 0
    const text = message(chance, { customer, agent: ours.agents[0]!, team: ours.name, isInbound, isQuoting, at })
    const idOf = (n: number) => `<${thread}.${n}@mail.example>`
    const mail = [
      `From ${from} ${postmarkOf(at)}`,
      `From: <${from}>`,
      `To: <${to}>`,
      `Subject: =?utf-8?B?${Buffer.from(subject(chanceOf(seed, thread), customer.language, at)).toString('base64')}?=`,
      `Date: ${new Date(at).toUTCString()}`,
      `Message-ID: ${idOf(position)}`,
      ...(isQuoting ? [`In-Reply-To: ${idOf(position - 1)}`, `References: ${idOf(0)} ${idOf(position - 1)}`] : []),
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: 8bit',
      '',
      text.replace(/^(>*From )/gm, '>$1'),
      '',
      '',
    ]
    if (!out.write(mail.join('\n'))) await once(out, 'drain')
  }
  await once(out.end(), 'finish')
}
