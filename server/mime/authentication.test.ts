import assert from 'node:assert/strict'
import test from 'node:test'
import { leastCpuOfTask } from '../../test/cpu.ts'
import { isAuthenticated } from './authentication.ts'
import { parseMail } from './parse.ts'

const trusted = ['mx.example.com', 'filter.example.com']

const isBelieved = async (headers: string[], from = 'Jane <jane@bank.example>') => {
  const lines = headers.map((value) => `Authentication-Results: ${value}`)
  const mail = await parseMail(Buffer.from([...lines, `From: ${from}`, 'Subject: x', '', 'x'].join('\r\n')))
  return isAuthenticated(mail, trusted)
}

test('aligned DKIM or SPF of a trusted server authenticates', async () => {
  for (const header of [
    'mx.example.com; dkim=pass header.d=bank.example',
    'MX.example.com 1; DKIM/1=PASS (2048-bit key; unprotected) header.d = "Bank.Example" header.i=@bank.example',
    'mx.example.com (a (nested\\) ) comment);\r\n\tspf=pass smtp.mailfrom="x; y"@bank.example',
    'mx.example.com; spf=pass smtp.mailfrom=bank.example; dkim=fail header.d=bank.example',
    'mx.example.com; spf=pass smtp.mailfrom="" smtp.helo=bank.example',
    'mx.example.com; dkim=pass header.d=other.example; dkim=pass header.d=bank.example',
  ])
    assert.equal(await isBelieved([header]), true, header)
  assert.equal(await isBelieved(['mx.example.com; dkim=pass header.d=bank.example'], 'x@mx3.bank.example'), true)
  assert.equal(
    await isBelieved(['filter.example.com; x=pass', 'mx.example.com; dkim=pass header.d=bank.example']),
    true,
  )
})

test('anything else authenticates nobody', async () => {
  for (const headers of [
    [],
    ['mx.example.com; none'],
    ['mx.example.org; dkim=pass header.d=bank.example'],
    // what came with the mail is below what was found out about it
    ['mx.example.com; dkim=fail header.d=bank.example', 'mx.example.com; dkim=pass header.d=bank.example'],
    ['evil.example; none', 'mx.example.com; dkim=pass header.d=bank.example'],
    ['mx.example.com; dkim=pass header.d=notbank.example'],
    ['mx.example.com; dkim=pass header.d=www.bank.example'],
    ['mx.example.com; dkim=pass header.d=example.bank.example.evil'],
    ['mx.example.com; dkim=pass header.i=@bank.example'],
    ['mx.example.com; dkim=pass'],
    ['mx.example.com; arc=pass header.d=bank.example'],
    ['mx.example.com; spf=softfail smtp.mailfrom=bank.example'],
    ['mx.example.com; spf=pass smtp.mailfrom=evil.example smtp.helo=bank.example'],
    // the sender chooses the part before the @
    ['mx.example.com; spf=pass smtp.mailfrom=bank.example=x@evil.example'],
    ['mx.example.com; spf=pass smtp.mailfrom="; dkim=pass header.d=bank.example"@evil.example'],
    ['mx.example.com; spf=fail (dkim=pass header.d=bank.example; dkim=pass header.d=bank.example)'],
    ['mx.example.com; dkim=pass header.d="bank.example'],
    ['mx.example.com; dkim=pass (header.d=bank.example'],
    ['; dkim=pass header.d=bank.example'],
    ['mx.example.com dkim=pass header.d=bank.example'],
  ])
    assert.equal(await isBelieved(headers), false, headers.join(' | '))
  for (const from of ['', 'nobody', 'x@', '@']) {
    const header = 'mx.example.com; dkim=pass header.d=bank.example'
    assert.equal(await isBelieved([header], from), false, from)
  }
})

test('a hostile header takes linear time', async () => {
  for (const unit of ['(', ';', '=', '"\\', 'a=b;', '((a)', ' '.repeat(3)]) {
    const time = (times: number) => {
      const raw = Buffer.from(
        `Authentication-Results: mx.example.com; ${unit.repeat(times)}\r\nFrom: a@b.example\r\n\r\nx`,
      )
      return leastCpuOfTask(() => parseMail(raw), 1)
    }
    await time(1000)
    const [one, two] = [await time(100_000 / unit.length), await time(200_000 / unit.length)]
    assert.ok(two < 4 * one + 50, `${unit}: ${one} ms, ${two} ms`)
  }
})
