/** What the page calls the fields of the API: labels and errors say the same. */
export const fieldNames = {
  name: 'Name',
  email: 'Email',
  phone: 'Phone',
  avatarUrl: 'Portrait',
  subject: 'Subject',
  contentText: 'Text',
  title: 'Title',
  shortcut: 'Shortcut',
  password: 'Password',
  currentPassword: 'Current password',
  smtpUrl: 'SMTP server',
  plusAddresses: 'Addresses with a +',
  senderName: 'Replies come from',
  allowedOrigins: 'Pages',
  greeting: 'Greeting',
  color: 'Color',
  position: 'Position',
  fields: 'Fields',
  returnTo: 'Thank-you page',
  own: 'Addresses of your team',
  CHANNEL_SMTP_NETWORKS: 'CHANNEL_SMTP_NETWORKS (a setting of the server)',
} as const

export type FieldName = keyof typeof fieldNames

const isFieldName = (word: string): word is FieldName => Object.hasOwn(fieldNames, word)

/** The first word of a sentence, and what can be no other word: it has a capital inside. */
const named = /^[a-z]\w*(?= )|\b[a-z]+[A-Z]\w*|\bCHANNEL_SMTP_NETWORKS\b/g

/** A sentence of the server, with its fields called as on the page. */
export const inWords = (sentence: string): string =>
  sentence.replace(named, (word) => (isFieldName(word) ? fieldNames[word] : word))

/** The field that a sentence of the server begins with. */
export const fieldIn = (sentence: string): string => /^[a-z]\w*(?= )/.exec(sentence)?.[0] ?? ''
