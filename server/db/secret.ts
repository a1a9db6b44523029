import type { Db } from './db.ts'
import { randomText } from './id.ts'
import { sql } from './sql.ts'

const secretCharacters = 43

/** Of this installation, the same in all its processes. */
export const installationSecret = async (db: Db): Promise<string> => {
  const find = () => db.one<{ secret: string }>(sql`select secret from installation_secret`)
  const known = await find()
  if (known) return known.secret
  await db.run(
    sql`insert into installation_secret (id, secret) values (1, ${randomText(secretCharacters)}) on conflict do nothing`,
  )
  return (await find())!.secret
}
