import assert from 'node:assert/strict'
import test from 'node:test'
import { leastCpuOf } from '../../test/cpu.ts'
import { limits } from '../limits.ts'
import { cleanHtml, TooMuch } from './html.ts'
import { textOfHtml } from './html-text.ts'

const filled = (text: string, length: number): string => text.repeat(Math.ceil(length / text.length)).slice(0, length)
const distinct = (length: number) =>
  Array.from({ length: length / 6 }, (_, i) => `a${i.toString(36).padStart(4, '0')}`).join(' ')

/** Of about this many characters. */
const hostile: Record<string, (length: number) => string> = {
  'cells that span millions': (length) => filled('<table><tr><td colspan=100000000 rowspan=100000000>x', length),
  'a row of cells': (length) => `<table><tr>${filled('<td>', length)}`,
  'rows below a wide cell': (length) =>
    `<table><tr><td>${filled('x', length / 2)}<td>y${filled('<tr><td><td>z', length / 2)}`,
  'a diagonal of wide cells': (length) => `<table>${filled(`<tr>${'<td>'.repeat(50)}${'x'.repeat(200)}`, length)}`,
  'lines in nested quotations': (length) => `${'<blockquote>'.repeat(95)}${filled('x<br>', length)}`,
  'lines in nested lists': (length) => `${'<ol start=99999999><li>'.repeat(45)}${filled('x<br>', length)}`,
  'lines in nested tables': (length) => `${'<table><tr><td>'.repeat(60)}${filled('x<br>', length)}`,
  'numbers beyond the Roman ones': (length) => `<ol type=i start=1e300>${filled('<li>x', length)}`,
  'nested elements': (length) => filled('<b>', length),
  'nested elements with an end tag in a value': (length) => filled('<b title="</b>">', length),
  'nested elements with an end tag in a comment': (length) => filled('<b><!--</b>-->', length),
  'nested bodies of a table': (length) => `<table>${filled('<center>', length)}`,
  'end tags without beginnings': (length) => `${'<div>'.repeat(190)}${filled('</x>', length)}`,
  attributes: (length) => `<p ${distinct(length)}>x`,
  'unclosed frames': (length) => `${'<iframe>'.repeat(8)}${filled('<b>x</b>', length)}`,
  'less-than signs': (length) => filled('<', length),
  ampersands: (length) => filled('&', length),
  'quotes in a value': (length) => `<p title='${filled('"', length)}'>x`,
  'unclosed comments': (length) => filled('<!--', length),
  'unclosed scripts': (length) => filled('<b><script>', length),
  'line ends': (length) => filled('<pre>\n', length),
}

const conversions = { cleaned: cleanHtml, text: textOfHtml }

const costOf = (convert: (html: string) => unknown, html: string): number =>
  leastCpuOf(() => {
    try {
      convert(html)
    } catch (error) {
      if (!(error instanceof TooMuch)) throw error
    }
  })

for (const [name, make] of Object.entries(hostile))
  test(`${name}: output is bounded, and time linear`, (t) => {
    for (const [kind, convert] of Object.entries(conversions)) {
      const [small, large] = [make(50_000), make(200_000)]
      const [first, second] = [costOf(convert, small), costOf(convert, large)]
      t.diagnostic(`${kind}: ${Math.round(first)} ms, ${Math.round(second)} ms`)
      // quadratic were 16 times; what takes few milliseconds varies by chance
      assert.ok(second < Math.max(8 * first, 50), `${kind}: ${first} ms, then ${second} ms`)
    }
    assert.ok(textOfHtml(make(limits.textCharacters)).length < 2 * limits.textCharacters)
  })

test('less-than signs cost at most twice a usual mail', () => {
  const length = 500_000
  const usual = filled('<p>Hello <b>Jane</b>, your order has left us today and arrives on Monday.</p>\n', length)
  for (const [kind, convert] of Object.entries(conversions))
    for (const text of ['<', '< ', 'a<3 ', '<<b>']) {
      const [cost, legitimate] = [costOf(convert, filled(text, length)), costOf(convert, usual)]
      // tags among them may be that many that the conversion stops or takes only their text
      assert.ok(cost < 2 * legitimate, `${kind} of ${text}: ${cost} ms instead of ${legitimate} ms`)
    }
})

test('a less-than sign that begins no tag is text', () => {
  for (const text of ['<', 'a < b', '1<2', '<3', '<<', '< b>', '<\u00E9>'])
    assert.equal(textOfHtml(`<p>${text}</p>`), text)
  assert.equal(cleanHtml('<p title="a < b">x < y</p>'), '<p title="a &lt; b">x &lt; y</p>')
})

test('what cells span is kept as far as browsers go', () => {
  const cell = (span: string) => cleanHtml(`<table><tr><td colspan="${span}">x</td></tr></table>`)
  assert.match(cell('3'), /<td colspan="3">/)
  assert.match(cell('100000000'), /<td colspan="1000">/)
  for (const span of ['0', '-4', 'x', '1e9']) assert.match(cell(span), /<td>/)
})

test('quotations, lists, tables and preformatted text are told apart', () => {
  const html = [
    '<title>T</title><style>a{}</style><h1>Hi</h1><p>Hello <b>wor</b>ld &amp;\n &lt;x&gt; <img src=x>you</p>',
    '<p>Second<br>line<br><br>third</p><ul><li>a<li>b<ol start=9><li>n1</li><li><p>n2<br>x</p></li></ol></ul>after',
    '<blockquote>q1<br>q2<blockquote><p>q3</p></blockquote></blockquote>end<hr><pre>a  b\n  c</pre>',
    '<table><tr><th>Item</th><th>Qty</th></tr><tr><td><p>Shirt</p></td><td>2</td></tr></table><section>one</section>two',
  ]
  assert.equal(
    textOfHtml(html.join('')),
    [
      'Hi\n\nHello world & <x> you\n\nSecond\nline\n\nthird\n\n * a\n * b\n    9. n1\n    10. n2\n        x\n\nafter',
      '\n\n> q1\n> q2\n>\n> > q3\n\nend\n\n',
      `${'-'.repeat(40)}\n\na  b\n  c\n\nItem   Qty\nShirt   2\n\none\ntwo`,
    ].join(''),
  )
})

test('HTML that is nested too deep is text without its scripts and styles', () => {
  const deep = `${'<div>'.repeat(300)}Hello<STYLE>a{}</style> caf&eacute;<p>Jane</p><script>x<y`
  assert.equal(textOfHtml(deep), 'Hello\n café\nJane')
})
