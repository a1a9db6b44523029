import assert from 'node:assert/strict'
import test from 'node:test'
import { growth } from '../../test/cpu.ts'
import { limits } from '../limits.ts'
import { decompressRtf } from './compressed-rtf.ts'
import { textOfRtf } from './rtf.ts'

const plainOf = (rtf: string) => textOfRtf(Buffer.from(rtf, 'latin1')).plain
const htmlOf = (rtf: string) => textOfRtf(Buffer.from(`{\\rtf1\\ansi\\ansicpg1252\\fromhtml1 ${rtf}}`, 'latin1')).html

test('compressed RTF is unpacked', () => {
  // the examples of MS-OXRTFCP
  const examples = {
    '2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0':
      '{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n',
    '1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0': '{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}',
  }
  for (const [bytes, rtf] of Object.entries(examples)) {
    assert.equal(decompressRtf(Buffer.from(bytes, 'hex')).toString(), rtf)
    for (let length = 0; length < bytes.length / 2; length++)
      assert.ok(rtf.startsWith(decompressRtf(Buffer.from(bytes, 'hex').subarray(0, length)).toString()))
  }
})

test('of compressed RTF no more is unpacked than its limit', () => {
  const bomb = Buffer.alloc(4 * 1024 * 1024, Buffer.from('ff000f000f000f000f000f000f000f000f', 'hex'))
  bomb.writeUInt32LE(0xffffffff, 4)
  bomb.write('LZFu', 8)
  assert.ok(decompressRtf(bomb).length <= limits.rtfBytes)
})

const texts: Record<string, [rtf: string, plain: string]> = {
  'lines and tabs': ['{\\rtf1 One\\par Two\\line Three\\tab Four\\\nFive}', 'One\nTwo\nThree\tFour\nFive'],
  'signs that are escaped': [
    '{\\rtf1 a \\{b\\} \\\\ c\\~d \\emdash  \\ldblquote x\\rdblquote}',
    'a {b} \\ c\u00A0d — “x”',
  ],
  'Unicode with substitutes': [
    "{\\rtf1\\uc1 \\u937?\\u-10179?\\u-8704?\\uc2 \\u8364 EU\\uc0 \\u8364 !\\u955\\'3f}",
    'Ω😀€€!λ?',
  ],
  'the charset of the text': ["{\\rtf1\\ansi\\ansicpg1251 \\'cf\\'f0\\'e8\\'e2\\'e5\\'f2}", 'Привет'],
  'the charsets of fonts': [
    "{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0\\fcharset0 Arial;}{\\f1\\fnil\\fcharset128 Gothic;}{\\f2\\fcharset204 Arial Cyr;}}\\'fc {\\f1\\'93\\'fa\\'96{\\'7b}\\'8c\\'ea} \\f2\\'cf\\plain\\'e9}",
    'ü 日本語 Пé',
  ],
  'nothing of what is not text': [
    '{\\rtf1{\\fonttbl{\\f0 Arial;}}{\\colortbl;\\red0;}{\\stylesheet{\\s0 Normal;}}{\\*\\generator Riched20;}{\\info{\\author Bob}}{\\pict\\wmetafile8 0102ff}{\\header top}Hello{\\*\\unknown{\\b x}}\\bin5 {{{{{ there}',
    'Hello there',
  ],
  'links and tables': [
    '{\\rtf1{\\field{\\*\\fldinst HYPERLINK "http://a.example"}{\\fldrslt the site}}\\par\\trowd a\\cell b\\cell\\row}',
    'the site\na\tb\t\n',
  ],
  'braces that do not match': ['{\\rtf1 a}} b {c', 'a b c'],
  'what is cut off': ["{\\rtf1 a\\par b\\'4", 'a\nb4'],
}

for (const [what, [rtf, plain]] of Object.entries(texts))
  test(`plain RTF gives ${what}`, () => assert.equal(plainOf(rtf), plain))

test('RTF that was made from HTML gives the HTML', () => {
  assert.equal(
    htmlOf(
      "{\\*\\htmltag64 <p class=\"a\">}\\htmlrtf {\\b\\htmlrtf0 Gr\\'fc\\'dfe {\\*\\htmltag84 &nbsp;}\\htmlrtf \\'a0\\htmlrtf0 1 < 2\\htmlrtf\\par}\\htmlrtf0 {\\*\\mhtmltag64 <x>}{\\*\\htmltag72 </p>}",
    ),
    '<p class="a">Grüße &nbsp;1 &lt; 2</p>',
  )
})

const pieces = [
  '{',
  '}',
  "\\'41",
  '\\u65 ',
  '\\par',
  '{\\*\\htmltag <b>}',
  '{\\fonttbl\\f1',
  '\\bin9 ',
  '\\',
  '\\uc9\\u1 ',
]

test('hostile RTF is read in linear time', () => {
  for (const piece of pieces) {
    const work = (size: number) => {
      const rtf = Buffer.from(`{\\rtf1\\fromhtml1 ${piece.repeat(size / piece.length)}`)
      return () => void textOfRtf(rtf)
    }
    const factor = growth(work, 100_000)
    assert.ok(factor < 3, `${piece}: ${factor} times for each doubling`)
  }
})
