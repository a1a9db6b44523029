import { Refusal } from '../config.ts'

export interface Target {
  host: string
  port: number
  user: string
  database: string
}

/** `sslmode` as psql and pg_dump read it: `pg` by itself takes `require` for `verify-full`, with a warning. */
export const asLibpq = (url: string): string =>
  /[?&]sslmode=(prefer|require|verify-ca)\b/.test(url) && !url.includes('uselibpqcompat=')
    ? `${url}&uselibpqcompat=true`
    : url

/** Where a URL leads. Throws a Refusal when it cannot be read; the URL is never in it, because the password is. */
export const targetOf = async (url: string): Promise<Target> => {
  const { default: pg } = await import('pg')
  try {
    const { host, port, user = '', database = '' } = new pg.Client(asLibpq(url))
    return { host, port, user, database }
  } catch (error) {
    const { syscall, message } = error as NodeJS.ErrnoException
    if (message.includes('requires specifying a CA'))
      throw new Refusal('With sslmode=verify-ca DATABASE_URL must name the authority: &sslrootcert=FILE.')
    if (syscall) throw new Refusal(`A certificate file that DATABASE_URL names cannot be read (${message}).`)
    throw new Refusal(
      `DATABASE_URL cannot be read (${message}). It looks like postgres://user:password@host:port/name, ` +
        'with special characters of the password percent-encoded (@ is %40, / is %2F, # is %23).',
    )
  }
}

/** For the person at the terminal: without user and password. */
export const placeOf = ({ host, port, database }: Target): string =>
  host.startsWith('/') ? `postgres:///${database}?host=${host}` : `postgres://${host}:${port}/${database}`
