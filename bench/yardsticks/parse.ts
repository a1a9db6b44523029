import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import PostalMime from 'postal-mime'
import { readMbox } from '../../server/imports/mbox.ts'

// What parsing alone takes: postal-mime over the mails of an mbox, nothing stored. Its word is the file.

const file = process.argv[2]!
const begin = performance.now()
let mails = 0
for await (const item of readMbox(createReadStream(file), basename(file)))
  if ('raw' in item) {
    // a mail that cannot be parsed took its time as well
    await PostalMime.parse(item.raw).catch(() => undefined)
    mails += 1
  }
process.stdout.write(`${JSON.stringify({ mails, seconds: (performance.now() - begin) / 1000 })}\n`)
