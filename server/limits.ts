/** Fixed limits, stated once here and in docs/settings.md. Bytes, milliseconds and characters. */
export const limits = {
  bodyBytes: 1024 * 1024,
  /** Of a mail that arrives. Of one larger than MAX_MAIL_SIZE, which is `mailBytes` unless it is set, the files are not kept. */
  mailBytes: 25 * 1024 * 1024,
  mailBytesMost: 150 * 1024 * 1024,
  headersTimeout: 15_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 72_000,
  /** Nothing sent and nothing read. Node.js waits twice as long when it has begun to write. */
  silenceTimeout: 30_000,
  connections: 10_000,
  /** Of an X-Request-Id that is adopted. */
  requestIdCharacters: 64,
  /** A longer answer is compressed for those who ask for it. */
  plainBytes: 1024,
  jsonDepth: 32,
  /** Fields and list items. */
  jsonParts: 10_000,
  pageDefault: 20,
  pageMost: 100,
  searchDefault: 10,
  searchMost: 50,
  queryCharacters: 256,
  previewCharacters: 140,
  emailBytes: 254,
  nameCharacters: 256,
  phoneCharacters: 40,
  urlCharacters: 2048,
  subjectCharacters: 998,
  fileNameCharacters: 255,
  /** Of a mail's text, and of its HTML; the raw mail has all of it. */
  textCharacters: 1_000_000,
  /** What is read of a mail, beyond which no mail of a person goes; the raw mail has all of it. */
  mailLines: 500_000,
  mailHeaderBytes: 512 * 1024,
  mailRecipients: 1000,
  /** Of a conversation, besides its contact; later ones are only in the mails that name them. */
  participants: 200,
  /** Addresses that a reply goes to, in To, Cc and Bcc together. */
  replyRecipients: 50,
  mailAttachments: 1000,
  mailParts: 10_000,
  /** What is read of a body in RTF. */
  rtfBytes: 16 * 1024 * 1024,
  /** How much of a message's text search reads. */
  indexedCharacters: 100_000,
  /** A longer text's words are found on a worker thread. */
  termsAtOnce: 10_000,
  /** How many different words of it; more would hold up every other writer. */
  indexedTerms: 5000,
  /** Contents of one page of messages, in bytes; the page is then shorter than its limit. */
  pageBytes: 512 * 1024,
  /** A longer text of a message, in bytes, is not read and sent with the others, but part by part. */
  textAtOnce: 16 * 1024,
  /** Such a part, in characters. */
  textPart: 64 * 1024,
  /** Of all answers that wait to be read; beyond it the oldest are cut off. */
  unreadBytes: 128 * 1024 * 1024,
  htmlDepth: 200,
  htmlElements: 100_000,
  /** Of HTML that was cleaned: what it escapes is longer than it was. */
  htmlCharacters: 2_000_000,
  /** Columns, or rows, that a cell of a table may span. */
  htmlSpan: 1000,
  /** Of an inline style. */
  styleCharacters: 4000,
  /** How long opening a conversation waits for stored mail whose HTML is cleaned again. */
  recleaningWait: 2000,
  idempotencyKeyCharacters: 255,
  externalIdCharacters: 200,
  /** How long an answer is kept for its Idempotency-Key, and how long a retry waits for one that is running. */
  idempotencyLifetime: 24 * 3_600_000,
  idempotencyWait: 5000,
  /** Bad keys a minute from one address, and of how many addresses they are counted. */
  badKeys: 60,
  badKeyAddresses: 10_000,
  passwordLeast: 12,
  passwordMost: 256,
  /** Passwords that wait to be checked, in one process: one at a time, because it takes a processor. */
  passwordsWaiting: 20,
  signInBodyBytes: 8 * 1024,
  /** Tries to sign in, and mails with a link asked for, a minute; of how many addresses each is counted. */
  signInsOfAddress: 30,
  signInsOfEmail: 10,
  resetsOfEmail: 2,
  signInAddresses: 20_000,
  /** Cookies that may be a session, tried one after another. */
  sessionCookies: 16,
  sessionLifetime: 30 * 86_400_000,
  invitationLifetime: 7 * 86_400_000,
  resetLifetime: 3_600_000,
  userAgentCharacters: 255,
  parseMilliseconds: 20_000,
  /** What takes longer no longer holds up others. */
  parseSlice: 500,
  cleanMilliseconds: 5000,
  pathPartCharacters: 200,
  eventsKept: 86_400_000,
  /** PostgreSQL: how long a transaction of ours may do nothing, as where its process hangs; live updates wait for it. */
  transactionIdle: 3000,
  /** Between a process and PostgreSQL; a larger one is logged. */
  clockDifference: 2000,
  /** SMTP connections, of all and of one network (an IPv4 address; of IPv6 a /64) that is no relay. */
  smtpConnections: 500,
  smtpConnectionsOfNetwork: 50,
  /** How long it can be asked whether an erasure has reached the bytes of the files. */
  erasuresKept: 90 * 86_400_000,
  smtpRecipients: 100,
  smtpIdle: 60_000,
  smtpSession: 600_000,
  /** From the connection, or the last mail, to the beginning of a mail. */
  smtpCommands: 120_000,
  /** Of a mail that is arriving, so many bytes must arrive in so many milliseconds. */
  smtpPaceWindow: 30_000,
  smtpPaceBytes: 32 * 1024,
  smtpDrain: 5000,
  /** A longer mail that arrives over SMTP is spooled to a file. */
  smtpBytesInMemory: 128 * 1024,
  /** Of mails that were begun over SMTP and not yet answered, all together and of one network that is no relay. */
  smtpBytesAtOnce: 512 * 1024 * 1024,
  smtpBytesOfNetwork: 64 * 1024 * 1024,
  /** How long signing in to a mailbox at a provider may take. */
  mailboxSignIn: 10_000,
  /** How often a workspace may be refused there, an hour. */
  mailboxesRefused: 10,
  /** Kept of a delivery report that nothing proves: of its headers, and of its body. */
  reportHeaderBytes: 64 * 1024,
  reportBodyBytes: 64 * 1024,
  /** Of its text, quoted in the conversation. */
  reportCharacters: 10_000,
  /** Of a conversation that is joined to another one when the mail between them comes. */
  joinedMessages: 1000,
  /** Stray ones of a workspace, and how long they are kept. */
  strayReports: 1000,
  strayLifetime: 30 * 86_400_000,
  /** Space for the addresses that one names. */
  strayNameCharacters: 2048,
  /** One mail that leaves, from the look-up of its server's name to the server's answer. */
  sendingTimeout: 120_000,
  /** How long nothing is sent through a server that could not be reached. */
  smtpPause: 30_000,
  /** Of the messages that wait behind a mail in a queue that is paused, so many are told of it as it happens. */
  delaysTold: 100,
  /** What a channel sends through is tried so often a minute by a workspace, and each time for so long. */
  channelTests: 10,
  channelTestTimeout: 20_000,
  /** Queues that a process serves at once, and those of one owner. */
  queuesAtOnce: 50,
  queuesOfOwner: 5,
  originsMost: 50,
  greetingCharacters: 500,
  fieldsMost: 20,
  fieldNameCharacters: 40,
  chatBodyBytes: 64 * 1024,
  chatTextCharacters: 10_000,
  /** Messages a minute of one visitor. */
  chatMessages: 30,
  /** Requests, and first messages of new visitors, a minute from one address; of how many addresses they are counted. */
  chatRequests: 300,
  chatNewVisitors: 10,
  chatAddresses: 20_000,
  /** Without use. */
  chatTokenLifetime: 90 * 86_400_000,
  visitorIdCharacters: 200,
  /** Live connections of one visitor, from one address, and of a process. */
  chatStreamsOfVisitor: 10,
  chatStreamsOfAddress: 200,
  chatStreams: 5000,
  shortcutCharacters: 40,
  /** Live connections of one key or session, from one address, and of a process. */
  streamsOfCaller: 20,
  streamsOfAddress: 500,
  streams: 5000,
  /** A message of the team's, or a post of a form, with its files. */
  uploadBytes: 25 * 1024 * 1024,
  /** Of all messages, of all posts, and of all mails over HTTP, that are being taken in at once; beyond it 503. */
  uploadBytesAtOnce: 200 * 1024 * 1024,
  uploadFiles: 10,
  /** Of uploaded files that no message has yet, of one key or session and of a workspace; and how long they are kept. */
  fileBytesOfCaller: 250 * 1024 * 1024,
  fileBytesOfWorkspace: 1024 * 1024 * 1024,
  fileLifetime: 86_400_000,
  /** A file that is sent to be imported, how long it may take to arrive, and how many arrive at once in a process. */
  importBytes: 1024 * 1024 * 1024,
  importTimeout: 3_600_000,
  importsArriving: 4,
  /** How long a CSV waits for its columns to be confirmed. */
  importReview: 86_400_000,
  /** How much of its report is kept, and for how long. */
  importProblems: 100,
  importLifetime: 30 * 86_400_000,
  formMessageCharacters: 100_000,
  formFieldCharacters: 10_000,
  /** Nobody fills in our own form faster. */
  formLeast: 2000,
  /** The same content again within this time is the same message. */
  formRepeat: 600_000,
  /** Posts in `formWindow`, of one client address and of one form; and how many addresses are counted. */
  formWindow: 600_000,
  formPostsOfAddress: 20,
  formPostsOfForm: 600,
  formAddresses: 20_000,
} as const
