import { placeOf, type Target } from './postgres-url.ts'

/** Why a PostgreSQL cannot be used, as one sentence or two that say what to do. */
export const whyUnusable = (error: unknown, target: Target): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const { code = '', message } = cause as NodeJS.ErrnoException
  const sentence = sentences.find(([known]) => known.test(code) || known.test(message))?.[1]
  return sentence?.(target, message) ?? `The database at ${placeOf(target)} cannot be used: ${message || code}.`
}

type Sentence = (target: Target, message: string) => string

/** By the code of Node.js, OpenSSL or PostgreSQL, or by the text where `pg` gives no code. */
const sentences: [known: RegExp, sentence: Sentence][] = [
  [
    /^(ENOTFOUND|EAI_AGAIN)$/,
    ({ host }) => `The host ${host} is not known. Check its name in DATABASE_URL, and this machine's DNS.`,
  ],
  [
    /^(ECONNREFUSED|ENOENT)$/,
    (target) => `Nothing listens at ${placeOf(target)}. Start PostgreSQL, or correct host and port in DATABASE_URL.`,
  ],
  [
    /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|timeout exceeded|Connection terminated due to connection timeout)/,
    (target) => `${placeOf(target)} does not answer. Check host and port in DATABASE_URL, and the firewalls between.`,
  ],
  [
    /^28P01$/,
    ({ user }) =>
      `PostgreSQL refuses the password of the user ${user}. Check both in DATABASE_URL, ` +
      'with special characters percent-encoded (@ is %40, / is %2F, # is %23).',
  ],
  [
    /client password must be a/,
    ({ user }) => `PostgreSQL wants a password of the user ${user}, and DATABASE_URL has none.`,
  ],
  [
    /no encryption$/,
    () => 'PostgreSQL wants an encrypted connection. Add ?sslmode=verify-full (or ?sslmode=require) to DATABASE_URL.',
  ],
  [/^28000$/, ({ user }, message) => `PostgreSQL does not let the user ${user} in (${message}).`],
  [
    /^3D000$/,
    ({ database, user }) =>
      `There is no database ${database}. Let an administrator make it: create database "${database}" owner "${user}" encoding 'UTF8'`,
  ],
  [
    /^42501$/,
    ({ database, user }, message) =>
      `The user ${user} lacks rights (${message}). Let an administrator make it the owner: alter database "${database}" owner to "${user}"`,
  ],
  [
    /^53300$/,
    (_, message) =>
      `PostgreSQL has no connection left (${message}). Raise max_connections there, or lower DATABASE_CONNECTIONS here.`,
  ],
  [
    /^The server does not support SSL/,
    (target) => `${placeOf(target)} does not speak TLS. Turn it on there, or take sslmode out of DATABASE_URL.`,
  ],
  [
    /^(DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|UNABLE_TO_GET_ISSUER|UNABLE_TO_VERIFY)/,
    (target) =>
      `The certificate of ${placeOf(target)} is of an authority that is not trusted here. ` +
      "Add &sslrootcert=FILE to DATABASE_URL, the file being that authority's certificate.",
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    (target) => `The certificate of ${placeOf(target)} is for another name. Use that name as the host in DATABASE_URL.`,
  ],
]
