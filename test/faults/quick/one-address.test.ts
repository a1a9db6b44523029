import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freshFolder } from '../../app.ts'
import { engine, freshDatabase } from '../../databases.ts'
import { clientOf, command, startServer } from '../../process.ts'
import { aftermath, contactNote, Ledger } from '../ledger.ts'

const requests = 200

const spellings = ['jane@example.com', 'Jane@Example.com', ' JANE@example.com ']

// On SQLite one server owns the database, and the second process is an import beside it.
test(`F28: ${requests} creates of one address at once, from two processes and with lost answers, make one contact`, async (t) => {
  const { url, drop } = await freshDatabase()
  const folder = await freshFolder(t, drop)
  const env = { DATABASE_URL: url, DATA_DIR: join(folder, 'data') }
  const { address, key, workspaceId, stop } = await startServer(t, env)
  const second = engine === 'postgres' ? await startServer(t, env) : undefined
  const servers = [address, second?.address ?? address]
  const rows = join(folder, 'contacts.csv')
  await writeFile(rows, `email,name\n${spellings.map((email) => `${email.trim()},Jane`).join('\n')}\n`)
  const importing = command(['import', rows, '--workspace', workspaceId, '--json'], { env })

  /** Sends it and goes away before the answer; the server gets it all the same. */
  const loseAnswer = async (address: string, email: string, n: number) => {
    const lost = new AbortController()
    setTimeout(() => lost.abort(), n % 20)
    const answer = await fetch(`${address}/v1/workspaces/${workspaceId}/support/inbox/contacts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ email, name: 'Jane' }),
      signal: lost.signal,
    }).catch(() => undefined)
    return answer === undefined
  }
  let lostAnswers = 0
  const create = async (n: number) => {
    const address = servers[n % 2]!
    const email = spellings[n % spellings.length]!
    if (n % 2 === 0 && (await loseAnswer(address, email, n))) lostAnswers += 1
    const ask = clientOf({ address, key, workspaceId })
    for (;;) {
      const answer = await ask('POST', '/contacts', { email, name: 'Jane' })
      // a busy PostgreSQL has no connection for everybody within a second: the client is told to ask again
      if (answer.status !== 503) return answer
      await sleep(100)
    }
  }
  const answers = await Promise.all(Array.from({ length: requests }, (_, n) => create(n)))
  const imported = (await importing).json()
  assert.equal(imported.failed, 0)
  const created = answers.filter(({ status }) => status === 201).length
  t.diagnostic(
    `${requests} answers, ${created} of them 201, ${lostAnswers} more were lost; the import stored ${imported.stored}`,
  )
  assert.deepEqual(
    [...new Set(answers.map(({ status }) => status))].filter((status) => status !== 200 && status !== 201),
    [],
  )
  assert.ok(created <= 1 && lostAnswers > 0)
  assert.equal(new Set(answers.map(({ body }) => JSON.stringify(body))).size, 1)

  const { body } = await clientOf({ address, key, workspaceId })('GET', '/customers')
  assert.deepEqual(
    body.customers.items.map((item: any) => item.contact.id),
    [answers[0]!.body.contact.id],
  )
  const ledger = new Ledger()
  ledger.note(contactNote(answers[0]!.body.contact))
  await Promise.all([stop('SIGTERM'), second?.stop('SIGTERM')])
  assert.deepEqual(await aftermath({ dataDir: env.DATA_DIR, databaseUrl: url }, ledger), { losses: [], damages: [] })
})
