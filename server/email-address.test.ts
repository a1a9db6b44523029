import assert from 'node:assert/strict'
import test from 'node:test'
import { emailKey, isEmail } from './email-address.ts'

const x = (length: number) => 'x'.repeat(length)
const longDomain = `${x(63)}.${x(63)}.${x(60)}`

const split = (line: string): string[] => line.split(' ')

const valid = [
  // local parts
  ...split('a@b.co jane@example.com Jane@Example.COM jane.doe@example.com j@example.com a.b.c.d@example.com'),
  ...split('jane+tag@example.com jane+a+b@example.com jane-doe@example.com -@example.com jane_doe@example.com'),
  ...split('_@example.com 1234567890@example.com 0@example.com a/b@example.com a=b@example.com'),
  ...split('!#$%&*+/=?^`{|}~@example.com +@example.com --@example.com customer/department=shipping@example.com'),
  ...split('$A12345@example.com !def!xyz%abc@example.com bounce+1=jane=example.org@example.com'),
  ' jane@example.com ',
  "o'hara@example.com",
  "'@example.com",
  `${x(64)}@example.com`,
  `${'é'.repeat(32)}@example.com`,
  // dots anywhere: a provider in Japan gave such addresses out
  ...split('.a@b.co a.@b.co a..b@b.co .@b.co é..é@b.co'),
  `${x(65)}@b.co`,
  `${'é'.repeat(33)}@b.co`,
  // digits only, as HTML's grammar has it
  ...split('user@1.2.3.4 a@2130706433 a@example.123 a@1.2 a@0'),
  // domains
  ...split('jane@localhost jane@intranet jane@a.b.c.d.e.f.example.com jane@sub-domain.example.com jane@1.2.3.com'),
  ...split('jane@123.com jane@1and1.com jane@example.co.uk jane@example.museum jane@x.y jane@a--b.com'),
  ...split('jane@r3---sn-4g5e6nez.example.com jane@3com.com jane@4.org jane@example.invalid'),
  ...split('jane@sub.no-address.invalid jane@4you jane@example.1a'),
  `jane@${x(63)}.com`,
  `jane@${longDomain}`,
  // underscores in domains, quoted local parts, address literals
  ...split('a@b_c.co a@_b.co a@b_.co "a,b"@c.co "a@b"@c.co a@[127.0.0.1] a@[IPv6:::1] a@[ipv6:2001:db8::1]'),
  '"a b"@c.co',
  '"jane doe"@[192.0.2.1]',
  // other scripts
  ...split(
    'jörg@example.com JÖRG@example.com 用户@例子.公司 用户@example.com я@пример.рф квіточка@пошта.укр θσερ@εχαμπλε.ψομ',
  ),
  ...split('Dörte@Sörensen.example.com संपर्क@डाटामेल.भारत ſam@example.com jane@münchen.de jane@MÜNCHEN.de'),
  ...split('jane@straße.de jane@νικος.gr jane@ΝΙΚΟΣ.gr jane@xn--mnchen-3ya.de jane@XN--MNCHEN-3YA.DE'),
  ...split('jane@münchen.xn--p1ai jane@xn--strae-oqa.de jane@אב.com jane@א1.com jane@ドメイン.テスト jane@한국.kr'),
  ...split('jane@مثال.إختبار jane@ไทย.คอม 🙂@example.com'),
  'jo\u0308rg@example.com',
  'jane@mu\u0308nchen.de',
]

const invalid = [
  // no address at all
  ...split('x @ @@ a@ @b.co example.com jane.example.com mailto:jane jane@'),
  '',
  ' ',
  'a@ ',
  // several, or with more around it
  ...split('a@b@c.co a@b.co;c@d.co <a@b.co> a@b.co> (x)a@b.co a@b.co(x) mailto:a@b.co?subject=x a@b.co?x a@b.co#x'),
  ...split('a@b.co/x a@b.co:25 [a@b.co]'),
  'a@b.co, c@d.co',
  'a@b.co c@d.co',
  'Jane <a@b.co>',
  'a@b.co\\x',
  // local parts
  ...split('a,b@c.co a;b@c.co a:b@c.co a<b@c.co a>b@c.co a(b@c.co a)b@c.co'),
  ...split('a[b@c.co a]b@c.co "a"@b.co a"b@c.co ""@b.co "."@b.co "a\\"b"@c.co "a<b>"@c.co "a\\b"@c.co "é,b"@c.co'),
  'a b@c.co',
  'a\\b@c.co',
  '"a\tb"@c.co',
  '"a\u00A0b"@c.co',
  '"a b"c@d.co',
  'a\\ b@c.co',
  // domains
  ...split('a@b..co a@.b.co a@b.co. a@. a@-b.co a@b-.co a@b!c.co a@b,co a@b&c.co a@b%2ecom a@b.co%00'),
  ...split('a@b+c.co a@*.co a@- a@b.-c'),
  'a@b c.co',
  `a@${x(64)}.co`,
  `a@${longDomain}x.${x(63)}`,
  "a@b'c.co",
  // IP addresses
  ...split(
    'a@[127.0.0.256] a@[IPv6:::1 a@[::1] a@[IPv6:127.0.0.1] a@[] a@[x] a@[127.0.0.1].co a@::1 a@é.0x4 a@１.２.３.４',
  ),
  // what the URL parser would drop or map
  ...split('b@münchen.de/evil a@é.com/<x> a@é.com?x a@é.com#x a@é.com:25 a@x:y@é.com a@é%41.com a@é&b.com a@é_b.com'),
  ...split(
    'a@é|.com a@é^.com a@é[1].com a@é<x>.com a@é"b.com a@ｅxample.com a@ſam.com a@ﬁ.com a@①.com a@例え。jp a@é．com',
  ),
  ...split('a@☕.com a@xn--53h.com a@é…com a@é..com a@é.com. a@.é.com a@-é.com a@é-.com a@xn----9fa.com'),
  'c@é\\.com',
  'a@é.com\\x',
  'a@é b.com',
  `a@${'é'.repeat(60)}.com`,
  // Punycode that says nothing
  ...split('a@xn--.com a@xn--a.com a@xn--zzzzzz.com a@xn--abc-.com a@xn--é.com a@xn--a-.com'),
  // bidirectional rules, a mark without a letter
  ...split('a@אa.com a@1א.com'),
  'a@\u0301b.com',
  'a@\u0301.com',
  // invisible, controls, what looks like @, and what becomes ASCII
  ...split('a＠b.co a＠b.co@c.co a﹫b.co@c.co'),
  'a\0@b.co',
  'a@b.co\0',
  'a@b.co\nBcc: x@y.z',
  'a\r\n@b.co',
  'a\t@b.co',
  'a\u200Bb@c.co',
  'a@b\u200B.co',
  'a\u202Eb@c.co',
  'a\u2066b@c.co',
  'a\u00ADb@c.co',
  'a\uFEFFb@c.co',
  'a\u3164b@c.co',
  'a\u115Fb@c.co',
  'a\uFE0Fb@c.co',
  'a\u034Fb@c.co',
  'a@mü\u200Dnchen.de',
  'a\u2028b@c.co',
  'a\u00A0b@c.co',
  'a\u3000b@c.co',
  'a\u0085b@c.co',
  'a\uD800b@c.co',
  'a\uE000b@c.co',
  '\u212Aim@b.co',
  'a@\u212Aim.co',
  'a\u037Eb@c.co',
  'a\u1FEFb@c.co',
  // stands for no address
  ...split('ctc_x@no-address.invalid ctc_x@NO-ADDRESS.invalid'),
]

test('one table of addresses says what is valid', () => {
  assert.ok(valid.length + invalid.length >= 150)
  assert.deepEqual(
    valid.filter((address) => !isEmail(address)),
    [],
  )
  assert.deepEqual(invalid.filter(isEmail), [])
})

test('hostile addresses of any length are refused in linear time', () => {
  for (const part of ['a', 'a.', '.', 'é', 'é.', 'xn--', 'a@', '@', ' ', '\u0301', '-'])
    for (const address of [`${part.repeat(200_000)}@b.co`, `a@${part.repeat(200_000)}`])
      assert.equal(isEmail(address), false)
})

const forms = (one: string) => [one.toLowerCase(), one.toUpperCase(), one.normalize('NFC'), one.normalize('NFKD')]

// all that letter case or normalisation changes
const characters = Array.from({ length: 0x110000 }, (_, code) => code)
  .map((code) => String.fromCodePoint(code))
  .filter((one) => /[^\p{Cs}]/u.test(one) && new Set([one, ...forms(one)]).size > 1)

test('no character of a valid address becomes ASCII', () => {
  const changed = characters.filter((one) => one > '\x7F' && emailKey(`a${one}@b.co`).match(/^[\0-\x7F]*$/))
  assert.deepEqual(
    changed.filter((one) => isEmail(`a${one}@b.co`)),
    [],
  )
})

/** As keys were before: contacts of today may have one of these. */
const formerKey = (address: string): string => {
  const [name, domain] = address.trim().normalize('NFC').split('@') as [string, string]
  const upper = name.split('ı').map((part) => part.toUpperCase().toLowerCase())
  return `${upper.join('ı').replaceAll('ς', 'σ').normalize('NFC')}@${domain}`
}

test('addresses that are equal now were equal before', () => {
  const former = new Map<string, string>()
  // a letter before it and marks after it, which normalisation could join with it
  for (const one of characters)
    for (const address of [`a${one}@b.co`, `a${one}\u0301@b.co`, `${one}\u0345a@b.co`]) {
      const key = emailKey(address)
      assert.equal(former.get(key) ?? formerKey(address), formerKey(address), JSON.stringify(address))
      former.set(key, formerKey(address))
    }
})

test('capitals and spellings of a letter are equal, and letters that look alike are not', () => {
  const equal = [
    ['Jane@Example.com', 'jane@example.com'],
    ['JÖRG@example.com', 'jo\u0308rg@example.com'],
    ['J\u030C@example.com', 'ǰ@example.com'],
    ['ΝΙΚΟΣ@example.com', 'νικος@example.com'],
    ['ЯНА@example.com', 'яна@example.com'],
    ['a@MÜNCHEN.de', 'a@xn--mnchen-3ya.de'],
  ]
  const different = [
    ['ſam@example.com', 'sam@example.com'],
    ['straße@example.com', 'strasse@example.com'],
    ['STRAẞE@example.com', 'STRASSE@example.com'],
    ['ﬁn@example.com', 'fin@example.com'],
    ['mıke@example.com', 'mike@example.com'],
    ['İda@example.com', 'ida@example.com'],
    ['µ@example.com', 'μ@example.com'],
    ['ｊane@example.com', 'jane@example.com'],
    ['ǅ@example.com', 'ǆ@example.com'],
    ['a@straße.de', 'a@strasse.de'],
    ['a@νικος.gr', 'a@νικοσ.gr'],
  ]
  for (const [one, other] of equal) assert.equal(emailKey(one!), emailKey(other!))
  for (const [one, other] of different) assert.notEqual(emailKey(one!), emailKey(other!))
})
