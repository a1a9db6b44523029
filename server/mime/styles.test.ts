import assert from 'node:assert/strict'
import test from 'node:test'
import { leastCpuOf } from '../../test/cpu.ts'
import { limits } from '../limits.ts'
import { cleanHtml } from './html.ts'
import { cleanStyle } from './styles.ts'

test('styles that mails are made with stay', () => {
  for (const style of [
    'color:#1d1c1a;background-color:rgb(255,0,0)',
    'color:rgba(0,0,0,.5);background-color:hsl(120 50% 50% / 50%)',
    'font:bold 14px/1.5 arial,sans-serif',
    'font-family:segoe ui,noto sans,sans-serif;font-size:.9em;font-weight:700;line-height:20px',
    'margin:0 auto;padding:12px 8.5px;border:1px solid #ccc;border-top:2px dashed red;border-radius:4px',
    'border-collapse:collapse;width:600px;max-width:100%;vertical-align:top;text-align:center',
    'display:none;max-height:0;overflow:hidden;opacity:0',
    'list-style:square inside;text-decoration:underline dotted',
  ])
    assert.equal(cleanStyle(style, 'td'), style)
  assert.equal(cleanStyle(' Color : RED ! important ; MARGIN-TOP: 1PX', 'p'), 'color:red;margin-top:1px')
  assert.equal(cleanStyle(`font-family: "Times New Roman", 'Georgia'`, 'p'), 'font-family:times new roman,georgia')
  assert.equal(cleanStyle('background:#fff url(x.png) no-repeat', 'p'), 'background-color:#fff')
  assert.equal(cleanStyle('color:red;color:blue', 'p'), 'color:blue')
})

test('what loads, leaves its place, lies over others or moves is left out', () => {
  for (const style of [
    'background:url(https://evil.example/a.png)',
    'background-image:url(//evil.example/a.png)',
    'background-color:url(a.png)',
    'list-style:url(a.png)',
    'list-style-image:url(a.png)',
    'content:url(a.png)',
    'cursor:url(a.cur),auto',
    'border-image:url(a.png)',
    'filter:url(#a)',
    'color:u\\72l(a.png)',
    'background:u/**/rl(a.png)',
    'color:image-set("a.png" 1x)',
    'color:var(--evil)',
    'color:env(evil)',
    'color:attr(title)',
    'width:expression(alert(1))',
    'width:calc(100% + 9px)',
    'behavior:url(a.htc)',
    '-moz-binding:url(a.xml)',
    'position:fixed',
    'position:absolute;top:0;left:0;z-index:9',
    'inset:0',
    'transform:translate(9px)',
    'margin:-9px',
    'margin-left:-9px',
    'margin:0 -9px',
    'text-indent:-9999px',
    'letter-spacing:-9px',
    'padding:-9px',
    'width:-9px',
    'float:fixed',
    'overflow:auto',
    'overflow:scroll',
    'width:100vw',
    'height:100vh',
    'width:99999px',
    'opacity:2',
    'animation:a 1s',
    'transition:all 1s',
    '@import "a.css"',
    '--x:1',
    'all:initial',
    'color:red}body{color:blue',
    'color:red" onload="x',
    'color:<b>',
    'display:contents',
    'unicode-bidi:bidi-override',
    'color',
    ':red',
    ';;;',
  ])
    assert.equal(cleanStyle(style, 'div'), '', style)
  const [kept, rest] = [cleanStyle('color:red;/*;*/position:fixed;width:9px', 'p'), 'color:red;width:9px']
  assert.equal(kept, rest)
})

test('a height is the least height of what would run over', () => {
  assert.equal(cleanStyle('height:20px', 'div'), 'min-height:20px')
  assert.equal(cleanStyle('height:20px', 'img'), 'height:20px')
})

test('colours, tables, sizes and the body of a mail stay in its HTML', () => {
  const html = cleanHtml(
    `<html><body bgcolor="#eeeeee" text=black style="margin:0"><style>p{color:red}</style><table width=600 style="border-spacing:0"><tr>
<td bgcolor=white style="padding:8px;position:fixed">x<img src="https://example.com/a.png" width=300 height=20 style="width:50%;margin:-1px"></td></tr></table></body></html>`,
  )
  assert.equal(
    html,
    `<div style="background-color:#eeeeee;color:black;margin:0"><table width="600" style="border-spacing:0"><tr>
<td bgcolor="white" style="padding:8px">x<img src="https://example.com/a.png" width="300" height="20" style="width:50%" /></td></tr></table></div>`,
  )
})

const filled = (text: string, length: number): string => text.repeat(Math.ceil(length / text.length)).slice(0, length)

test('cleaning a style takes linear time', () => {
  for (const piece of ['a', ' ', '(', ',', 'rgb(', 'a ', 'a,', ';', 'color:', '0 ', '.1', '! important', 'é', '-'])
    for (const name of ['font-family', 'font', 'border', 'color', 'margin', 'background']) {
      const costs = [limits.styleCharacters, 100 * limits.styleCharacters].map((length) =>
        leastCpuOf(() => {
          const html = `<p style="${name}:${filled(piece, limits.styleCharacters - 20)}">`
          cleanHtml(filled(html, Math.max(html.length, length)))
        }),
      )
      assert.ok(costs[1]! < Math.max(300 * costs[0]!, 500), `${name}:${piece}: ${costs.join(' ms, then ')} ms`)
    }
})
