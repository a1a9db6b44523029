import type { Schema } from './openapi-document.ts'

/** What a field of this name has in an example, unless its schema has an example of its own. */
const byName: Record<string, unknown> = {
  name: 'Jane Doe',
  email: 'jane@example.com',
  phone: '+1-555-0123',
  avatarUrl: 'https://example.com/jane.png',
  subject: 'Billing question',
  summary: 'Hi, I need help with my last invoice.',
  contentText: 'Here is your invoice.',
  contentHtml: '<p>Here is your invoice.</p>',
  contentPreview: 'Here is your invoice.',
  lastMessagePreview: 'Hi, I need help with my last invoice.',
  contentType: 'application/pdf',
  size: 18_240,
  number: 1,
  agentName: 'Ada',
  text: 'Hello',
  message: 'Hello',
  label: 'Order number',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0',
  url: 'https://inbox.example.com/invitation/3vT8…',
  hint: 'x7Qf',
  shortcut: 'thanks',
  title: 'Thank you',
  password: 'a long password of mine',
  currentPassword: 'a long password of mine',
  publishableKey: 'pk_6jQm2ZkT0aXw9rVb4cRe7uNd',
  token: '3vT8kQm2ZkT0aXw9rVb4cRe7uNd5pYs1hLf6gJi8oKq',
  secret: 'inbox_3vT8kQm2ZkT0aXw9rVb4cRe7uNd5pYs1hLf6gJi',
  identitySecret: '3vT8kQm2ZkT0aXw9rVb4cRe7uNd5pYs1hLf6gJi8oKq',
  smtpUrl: 'smtp://user@mail.example.com:587',
  returnTo: 'https://shop.example/thanks',
  sentence: 'The mail server takes the connection and the password.',
  where: 'archive.mbox #17',
  why: 'empty',
  visitorId: '4711',
  clientId: 'b6c1f7d2a9e3',
  status: 'ok',
}

/** An example of what a schema describes: made of the examples of its fields. */
export const exampleOf = (schema: Schema, name = ''): unknown => {
  const { examples, properties, items, anyOf, default: preset } = schema
  if (examples) return examples[0]
  if (preset !== undefined) return preset
  if (schema.enum) return schema.enum[0]
  if (anyOf) return exampleOf(anyOf[0]!, name)
  if (properties)
    return Object.fromEntries(Object.entries(properties).map(([field, each]) => [field, exampleOf(each, field)]))
  const [type, ...others] = [schema.type ?? 'object'].flat()
  if (schema.format === 'date-time') return '2025-03-12T14:30:00.000Z'
  if (name in byName) return byName[name]
  if (others.includes('null')) return null
  if (type === 'array') return items ? [exampleOf(items)] : []
  if (type === 'integer') return schema.minimum ?? 1
  if (type === 'boolean') return false
  return type === 'object' ? {} : ''
}
