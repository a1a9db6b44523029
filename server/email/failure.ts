/** Why mail does not leave. The sentences name no host and no user: whoever reads them may not know either. */
const sentences = {
  demo: 'This is a demo: nothing leaves it.',
  no_channel: 'The workspace has no EMAIL channel to send it through.',
  no_server: 'No mail server is set up: the channel has no smtpUrl, and SMTP_URL is not set.',
  invalid_url: 'smtpUrl cannot be used: characters such as % in its user or password must be percent-encoded.',
  // one sentence for both: whether a host exists in our network is not told
  unknown_host: 'The host of the mail server was not found, or its address is not allowed.',
  unreachable: 'The mail server could not be reached.',
  timeout: 'The mail server did not answer in time.',
  no_encryption: 'The connection to the mail server could not be encrypted.',
  password_refused: 'The mail server refused the user or the password.',
  refused: 'The mail server takes no mail now.',
  dropped: 'The mail server broke the connection.',
  failed: 'The mail could not be handed over.',
} as const

export type Reason = keyof typeof sentences

export const reasons = [...Object.keys(sentences), 'other']

export interface Failure {
  reason: Reason
  sentence: string
  /** Code and enhanced status of the server's reply: its words may name people. */
  reply: string | undefined
  /** Of the socket, the look-up or TLS. */
  code: string | undefined
}

export type SmtpError = Error & { responseCode?: number; code?: string; originalCode?: string; response?: string }

export const failure = (reason: Reason, { reply, code }: Partial<Pick<Failure, 'reply' | 'code'>> = {}): Failure => ({
  reason,
  sentence: [
    sentences[reason],
    ...(reply === undefined ? [] : [`It answered ${reply}.`]),
    ...(code === undefined ? [] : [`Code: ${code}.`]),
  ].join(' '),
  reply,
  code,
})

/** What an error of a connection means. */
export const failureOf = (error: SmtpError): Failure => {
  const reply = /^[245]\d\d(?:[ -][245]\.\d{1,3}\.\d{1,3}\b)?/.exec(error.response ?? '')?.[0]
  if (reply !== undefined) return failure(reasonOf(error), { reply: reply.replace('-', ' ') })
  return failure(reasonOf(error), { code: [error.originalCode, error.code].find(isTelling) })
}

/** Of the system, the resolver or TLS, and not the mail library's word for all of them. */
const isTelling = (code: string | undefined): boolean =>
  code !== undefined && /^[A-Z][A-Z\d_]{2,60}$/.test(code) && !ofLibrary.test(code)

const ofLibrary = /^E(?:CONNECTION|SOCKET|PROTOCOL|DNS|TLS|AUTH|ENVELOPE|MESSAGE|STREAM)$/

const isDns = /^(?:EDNS|ENOTFOUND|ENODATA|EAI_\w+)$/
const isTls = /^(?:ETLS|EPROTO|ERR_(?:SSL|TLS)_\w+|CERT_\w+|UNABLE_TO_\w+|\w*SELF_SIGNED\w*|HOSTNAME_MISMATCH)$/
const isUnreachable = /^(?:ECONNREFUSED|E(?:HOST|NET)UNREACH|EADDRNOTAVAIL|EACCES)$/

const reasonOf = (error: SmtpError): Reason => {
  const { code = '', originalCode = '', responseCode } = error
  if (error instanceof URIError) return 'invalid_url'
  if (code === 'EAUTH') return responseCode !== undefined && responseCode < 500 ? 'refused' : 'password_refused'
  if (responseCode !== undefined) return 'refused'
  for (const each of [originalCode, code]) {
    if (isDns.test(each)) return 'unknown_host'
    if (isTls.test(each)) return 'no_encryption'
    if (isUnreachable.test(each)) return 'unreachable'
    if (each === 'ETIMEDOUT') return 'timeout'
  }
  return ['ECONNECTION', 'ESOCKET', 'EPROTOCOL'].includes(code) ? 'dropped' : 'failed'
}
