import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import test from 'node:test'
import { attachmentOf, parseMail } from './parse.ts'

const folder = join(import.meta.dirname, '../../test/mails')

interface Expected {
  subject: string
  from: { name: string; address: string }
  date: string
  text?: string
  attachments: { name: string; size: number | null; base64?: string }[]
}

/** With the line ends of SMTP, but for a binary part and a mail of lone CRs. */
const rawOf = (name: string): Buffer => {
  const raw = readFileSync(join(folder, `${name}.eml`))
  if (/^(attachment-binary|cr-only)/.test(name)) return raw
  return Buffer.from(raw.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1')
}

const plain = (text: string): string => text.replace(/\s+/g, ' ').trim()

for (const file of globSync(join(folder, '*.eml')).toSorted()) {
  const name = basename(file, '.eml')
  test(`${name} is read as it was meant`, async () => {
    const expected: Expected = JSON.parse(readFileSync(join(folder, `${name}.expected.json`), 'utf8'))
    const raw = rawOf(name)
    const got = await parseMail(raw)
    assert.equal(plain(got.subject), plain(expected.subject))
    assert.equal(got.from?.address.toLowerCase(), expected.from.address.toLowerCase())
    assert.equal(got.from?.name, expected.from.name)
    assert.equal(got.date, expected.date)
    if (expected.text !== undefined) assert.equal(plain(got.text), plain(expected.text))
    assert.equal(got.attachments.length, expected.attachments.length)
    for (const [i, want] of expected.attachments.entries()) {
      if (want.name !== '*') assert.equal(got.attachments[i]?.name, want.name)
      if (want.size !== null) assert.equal(got.attachments[i]?.size, want.size)
      const content = Buffer.from(attachmentOf(raw, { number: i + 1, ...got.attachments[i]! })!)
      if (want.base64 !== undefined) assert.equal(content.toString('base64'), want.base64)
    }
  })
}
