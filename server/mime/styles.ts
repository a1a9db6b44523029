import { limits } from '../limits.ts'

// Every pattern is anchored, and what it repeats is told apart by its first characters: time is linear.
// No pattern takes a backslash, a quote, an @, a comment, a minus sign in front of a number or a function but those of colours.
const number = String.raw`(?:\d{1,4}(?:\.\d{1,8})?|\.\d{1,8})`
// not vw and vh: the frame that shows a mail is as high as the mail
const length = `(?:0|${number}(?:px|pt|pc|in|cm|mm|r?em|ex|ch|%))`
const color = String.raw`(?:#[0-9a-f]{3,8}|(?:rgb|hsl)a?\([0-9.,%/ ]{1,60}\)|[a-z]{3,24})`
const families = String.raw`[\p{L}\p{N}_-]{1,60}(?: [\p{L}\p{N}_-]{1,60}){0,6}(?:, ?[\p{L}\p{N}_-]{1,60}(?: [\p{L}\p{N}_-]{1,60}){0,6}){0,15}`
const size = `(?:${length}|(?:xx?-)?(?:small|large)|medium|smaller|larger)`
const lineHeight = `(?:normal|${number}|${length})`

const whole = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`, 'u')
const upTo = (most: number, part: string): RegExp => whole(`${part}(?: ${part}){0,${most - 1}}`)

const sides = ['top', 'right', 'bottom', 'left']
/** `margin` and `margin-top`, …; of `border-color` also `border-top-color`, …. */
const withSides = (name: string, all: RegExp, one = all): [string, RegExp][] => {
  const [first, ...rest] = name.split('-')
  return [[name, all], ...sides.map((side): [string, RegExp] => [[first, side, ...rest].join('-'), one])]
}

/** An allow-list: what is not named here is left out. */
const properties = new Map<string, RegExp>([
  ['color', whole(color)],
  ['background-color', whole(color)],
  ['font', whole(`(?:(?:normal|italic|bold|small-caps|[1-9]00) ){0,3}${size}(?:/${lineHeight})? ${families}`)],
  ['font-family', whole(families)],
  ['font-size', whole(size)],
  ['font-style', whole('normal|italic|oblique')],
  ['font-variant', whole('normal|small-caps')],
  ['font-weight', whole('normal|bold|bolder|lighter|[1-9]00')],
  ['line-height', whole(lineHeight)],
  ['letter-spacing', whole(`normal|${length}`)],
  ['word-spacing', whole(`normal|${length}`)],
  ['text-align', whole('left|right|center|justify|start|end')],
  ['text-decoration', upTo(3, `(?:none|underline|line-through|overline|solid|dotted|dashed|${color})`)],
  ['text-indent', whole(length)],
  ['text-transform', whole('none|uppercase|lowercase|capitalize')],
  ['vertical-align', whole(`baseline|top|middle|bottom|sub|super|text-top|text-bottom|${length}`)],
  ['white-space', whole('normal|nowrap|pre|pre-wrap|pre-line')],
  ['word-break', whole('normal|break-all|break-word|keep-all')],
  ['overflow-wrap', whole('normal|break-word|anywhere')],
  ['word-wrap', whole('normal|break-word')],
  ['direction', whole('ltr|rtl')],
  ...withSides('margin', upTo(4, `(?:auto|${length})`)),
  ...withSides('padding', upTo(4, length)),
  ...withSides('border', upTo(3, `(?:${length}|${color})`)),
  ...withSides('border-color', upTo(4, color)),
  ...withSides('border-style', upTo(4, '[a-z]{4,6}')),
  ...withSides('border-width', upTo(4, `(?:thin|medium|thick|${length})`)),
  ['border-radius', upTo(4, length)],
  ['border-collapse', whole('collapse|separate')],
  ['border-spacing', upTo(2, length)],
  ['width', whole(`auto|${length}`)],
  ['min-width', whole(length)],
  ['max-width', whole(`none|${length}`)],
  ['height', whole(`auto|${length}`)],
  ['min-height', whole(length)],
  ['max-height', whole(`none|${length}`)],
  ['box-sizing', whole('border-box|content-box')],
  [
    'display',
    whole('none|block|inline|inline-block|list-item|table|inline-table|table-(?:row|cell|row-group|caption)'),
  ],
  ['visibility', whole('visible|hidden')],
  ['opacity', whole(String.raw`0|1|0?\.\d{1,4}`)],
  // never a scroll bar within the mail
  ['overflow', whole('visible|hidden')],
  ['float', whole('none|left|right')],
  ['clear', whole('none|left|right|both')],
  ['table-layout', whole('auto|fixed')],
  ['list-style', upTo(2, '[a-z-]{4,24}')],
  ['list-style-type', whole('[a-z-]{4,24}')],
  ['list-style-position', whole('inside|outside')],
])

/** Elements that grow with what is in them, however high they are to be. Others would let it run over the end of the mail. */
const growing = new Set(['img', 'table', 'tr', 'td', 'th', 'hr'])

/**
 * An inline style of a stranger, down to what an allow-list of properties takes: nothing that loads, leaves its place, lies over
 * anything else or moves. Empty where nothing is left.
 */
export const cleanStyle = (style: string, tagName: string): string => {
  const kept = new Map<string, string>()
  for (const declaration of style.slice(0, limits.styleCharacters).split(';')) {
    const colon = declaration.indexOf(':')
    if (colon === -1) continue
    const name = declaration.slice(0, colon).trim().toLowerCase()
    const [property, value] =
      name === 'background' ? backgroundOf(declaration.slice(colon + 1)) : [name, declaration.slice(colon + 1)]
    const tidied = tidy(value)
    if (!properties.get(property)?.test(tidied)) continue
    const place = property === 'height' && !growing.has(tagName) ? 'min-height' : property
    // the last one counts, and comes last
    kept.delete(place)
    kept.set(place, tidied)
  }
  return [...kept].map(([name, value]) => `${name}:${value}`).join(';')
}

/** In lower case, with one space between words and none around commas in brackets; quotation marks stand around names of fonts. */
const tidy = (value: string): string =>
  value
    .toLowerCase()
    .replace(/["']/g, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?! ?important/g, '')
    .replace(/ ?([(,]) ?/g, '$1')
    .replaceAll(' )', ')')
    .trim()

const isColor = whole(color)

/** Of an image with a colour behind it, the colour. */
const backgroundOf = (value: string): [string, string] => [
  'background-color',
  tidy(value)
    .split(' ')
    .find((word) => isColor.test(word) && !placements.has(word)) ?? '',
]

const placements = new Set([
  'none',
  'repeat',
  'fixed',
  'scroll',
  'local',
  'left',
  'right',
  'top',
  'bottom',
  'center',
  'cover',
  'contain',
  'round',
  'space',
])
