import { limits } from '../config.ts'
import { formFields, type Field } from '../channels/schema.ts'
import { isEmail } from '../email-address.ts'
import { oneLine } from '../http/schema.ts'
import type { FormFile, Post } from './read.ts'

/** What a customer wrote, ready to be kept. */
export interface Submission {
  email: string
  name: string | undefined
  subject: string
  text: string
  files: FormFile[]
}

/** What is wrong with one field; `most` where there is too much of it. */
export interface Problem {
  field: string
  rule: 'required' | 'email' | 'oneLine' | 'tooLong' | 'tooMany' | 'tooLarge' | 'unknown' | 'robot' | 'tooFast'
  most?: number
}

const lines: Record<string, number> = {
  name: limits.nameCharacters,
  email: limits.emailBytes,
  subject: limits.subjectCharacters,
}

const valueOf = ({ fields }: Post, name: string): string => fields.get(name)?.trim() ?? ''

/** Every problem, in the order of the fields. */
export const problemsOf = (post: Post, own: Field[]): Problem[] => {
  const problems: Problem[] = []
  const known = new Set<string>([...formFields, ...own.map(({ name }) => name)])
  for (const field of post.fields.keys()) if (!known.has(field)) problems.push({ field, rule: 'unknown' })
  if (valueOf(post, 'homepage') !== '') problems.push({ field: 'homepage', rule: 'robot' })
  for (const [field, most] of Object.entries(lines)) {
    const value = valueOf(post, field)
    if (value === '') continue
    if (value.length > most) problems.push({ field, rule: 'tooLong', most })
    else if (!oneLine.test(value)) problems.push({ field, rule: 'oneLine' })
  }
  const email = valueOf(post, 'email')
  if (email === '') problems.push({ field: 'email', rule: 'required' })
  else if (!isEmail(email) && !problems.some(({ field }) => field === 'email'))
    problems.push({ field: 'email', rule: 'email' })
  const texts = [
    ...own.map(({ name, required }) => ({ name, required, most: limits.formFieldCharacters })),
    { name: 'message', required: true, most: limits.formMessageCharacters },
  ]
  for (const { name: field, required, most } of texts) {
    const value = valueOf(post, field)
    if (required && value === '') problems.push({ field, rule: 'required' })
    if (value.length > most) problems.push({ field, rule: 'tooLong', most })
  }
  if (post.files.length > limits.formFiles) problems.push({ field: 'files', rule: 'tooMany', most: limits.formFiles })
  if (post.isTooLarge) problems.push({ field: 'files', rule: 'tooLarge', most: limits.formBytes })
  return problems
}

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
