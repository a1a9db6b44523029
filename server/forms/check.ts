import { limits } from '../limits.ts'
import { formFields, type Field } from '../channels/schema.ts'
import { isEmail } from '../email-address.ts'
import { oneLine } from '../http/schema.ts'
import type { Upload } from '../http/uploads.ts'
import type { Post } from './read.ts'

/** What a customer wrote, ready to be kept. */
export interface Submission {
  email: string
  name: string | undefined
  subject: string
  text: string
  files: Upload[]
}

/** What is wrong with one field; `most` where there is too much of it. */
export interface Problem {
  field: string
  rule: 'required' | 'email' | 'oneLine' | 'tooLong' | 'tooMany' | 'tooLarge' | 'unknown' | 'robot' | 'tooFast'
  most?: number
}

interface Rule {
  field: string
  most: number
  isRequired?: boolean
  isLine?: boolean
}

/** In the order of the page. */
const rulesOf = (own: Field[]): Rule[] => [
  { field: 'name', most: limits.nameCharacters, isLine: true },
  { field: 'email', most: limits.emailBytes, isLine: true, isRequired: true },
  { field: 'subject', most: limits.subjectCharacters, isLine: true },
  ...own.map(({ name, required }) => ({ field: name, most: limits.formFieldCharacters, isRequired: required })),
  { field: 'message', most: limits.formMessageCharacters, isRequired: true },
]

const valueOf = ({ fields }: Post, name: string): string => fields.get(name)?.trim() ?? ''

/** Every problem, in the order of the fields. */
export const problemsOf = (post: Post, own: Field[]): Problem[] => {
  const rules = rulesOf(own)
  const known = new Set<string>([...formFields, ...own.map(({ name }) => name)])
  const alien = [...post.fields.keys()].filter((field) => !known.has(field))
  return [
    ...alien.map((field): Problem => ({ field, rule: 'unknown' })),
    ...(valueOf(post, 'homepage') === '' ? [] : [{ field: 'homepage', rule: 'robot' } as const]),
    ...rules.flatMap((rule) => problemWith(valueOf(post, rule.field), rule) ?? []),
    ...problemsWithFiles(post),
  ]
}

const problemWith = (value: string, { field, most, isRequired, isLine }: Rule): Problem | undefined => {
  if (value === '') return isRequired ? { field, rule: 'required' } : undefined
  if (value.length > most) return { field, rule: 'tooLong', most }
  if (isLine && !oneLine.test(value)) return { field, rule: 'oneLine' }
  return field === 'email' && !isEmail(value) ? { field, rule: 'email' } : undefined
}

const problemsWithFiles = ({ files, isTooLarge }: Post): Problem[] => [
  ...(files.length > limits.uploadFiles
    ? [{ field: 'files', rule: 'tooMany', most: limits.uploadFiles } as const]
    : []),
  ...(isTooLarge ? [{ field: 'files', rule: 'tooLarge', most: limits.uploadBytes } as const] : []),
]

/** Of a post without problems. A form without a subject is about what the form is called. */
export const submissionOf = (post: Post, { name, fields }: { name: string; fields: Field[] }): Submission => {
  const own = fields
    .map((field) => ({ label: field.label, value: valueOf(post, field.name) }))
    .filter(({ value }) => value !== '')
    .map(({ label, value }) => `${label}: ${value}`)
  const message = post.fields.get('message')!.trimEnd()
  return {
    email: valueOf(post, 'email'),
    name: valueOf(post, 'name') || undefined,
    subject: valueOf(post, 'subject') || name,
    text: own.length === 0 ? message : `${message}\n\n${own.join('\n')}`,
    files: post.files,
  }
}
