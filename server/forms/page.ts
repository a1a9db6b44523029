import { createHash } from 'node:crypto'
import type { Field } from '../channels/schema.ts'
import type { Problem } from './check.ts'
import { sentenceOf, type Words } from './words.ts'

const style = `
:root { color-scheme: light dark; --text: #1c2024; --quiet: #5b6470; --back: #f5f6f8; --card: #fff; --line: #868e99; --mark: #1f5fbf; --on: #fff; --wrong: #b3261e }
@media (prefers-color-scheme: dark) { :root { --text: #e8eaed; --quiet: #a5adb8; --back: #14171a; --card: #1d2125; --line: #78808b; --mark: #8ab4f8; --on: #10151c; --wrong: #f5938c } }
* { box-sizing: border-box }
body { margin: 0; padding: 1.5rem 1rem; background: var(--back); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
main { max-width: 36rem; margin: 0 auto; padding: 1.5rem; background: var(--card); border-radius: .75rem }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25 }
h2 { margin: 0; font-size: 1rem }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600 }
small { color: var(--quiet); font-weight: 400 }
input, textarea { width: 100%; padding: .6rem .75rem; font: inherit; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: .5rem }
textarea { min-height: 10rem; resize: vertical }
[aria-invalid] { border-color: var(--wrong) }
button { margin-top: 1.5rem; padding: .65rem 1.5rem; font: inherit; font-weight: 600; color: var(--on); background: var(--mark); border: 0; border-radius: .5rem; cursor: pointer }
:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px }
a { color: var(--mark) }
.wrong { margin: .25rem 0 0; color: var(--wrong) }
.summary { margin: 0 0 1rem; padding: .75rem 1rem; border: 1px solid var(--wrong); border-radius: .5rem; color: var(--wrong) }
.summary ul { margin: .25rem 0 0; padding-inline-start: 1.25rem }
.robots { position: absolute; inset-inline-start: -200vw; width: 1px; height: 1px; overflow: hidden }
@media (max-width: 30rem) { body { padding: 0 } main { min-height: 100vh; padding: 1.25rem 1rem; border-radius: 0 } button { width: 100% } }
`
const styleHash = createHash('sha256').update(style).digest('base64')

/** Nothing runs, nothing loads, nobody frames it. A browser also asks this of the place that a post is sent on to. */
export const policyFor = (returnTo: string | null): string =>
  [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}'`,
    `form-action 'self'${returnTo === null ? '' : ` ${new URL(returnTo).origin}`}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

const signs: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => signs[sign]!)

const page = (words: Words, { title, body }: { title: string; body: string }): string => `<!doctype html>
<html lang="${words.lang}"${words.isRightToLeft ? ' dir="rtl"' : ''}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escape(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`

export interface Shown {
  /** What the form is called. */
  title: string
  fields: Field[]
  /** What was typed before, by field. */
  values: ReadonlyMap<string, string>
  problems: Problem[]
  /** A sentence about the whole post, instead of one about a field. */
  refusal?: string | undefined
  hadFiles: boolean
  token: string
}

/** The form, filled in with what was typed; what is wrong stands at the top and at each field. */
export const formPage = (words: Words, shown: Shown): string => {
  const { title, fields, problems, token } = shown
  const labels = new Map([
    ...(['name', 'email', 'subject', 'message', 'files'] as const).map((name) => [name, words[name]] as const),
    ...fields.map(({ name, label }) => [name, label] as const),
  ])
  const told = problems.map(({ field, ...problem }) => ({
    field,
    sentence: sentenceOf(words, { field, ...problem }, labels.get(field) ?? field),
  }))
  const input = (name: string, attributes: string, isRequired = false) =>
    control(words, { name, label: labels.get(name)!, isRequired, told }, (common) =>
      name === 'message'
        ? `<textarea ${common} ${attributes}>\n${escape(shown.values.get(name) ?? '')}</textarea>`
        : `<input ${common} ${attributes} value="${escape(shown.values.get(name) ?? '')}">`,
    )
  const body = [
    `<h1 dir="auto">${escape(title)}</h1>`,
    summary(words, [
      ...(shown.refusal ? [shown.refusal] : []),
      ...told.map(({ sentence }) => sentence),
      ...(shown.hadFiles ? [words.chooseAgain] : []),
    ]),
    '<form method="post" enctype="multipart/form-data" accept-charset="utf-8">',
    `<input type="hidden" name="token" value="${escape(token)}">`,
    input('name', 'autocomplete="name"'),
    // not type="email": browsers refuse addresses in other scripts
    input('email', 'inputmode="email" autocomplete="email" autocapitalize="none" spellcheck="false"', true),
    input('subject', ''),
    ...fields.map(({ name, required }) => input(name, '', required)),
    input('message', 'rows="8"', true),
    control(
      words,
      { name: 'files', label: words.files, isRequired: false, told },
      (common) => `<input type="file" multiple ${common}>`,
    ),
    `<p class="robots" aria-hidden="true"><label>${escape(words.leaveEmpty)} <input name="homepage" tabindex="-1" autocomplete="off"></label></p>`,
    `<button>${escape(words.send)}</button>`,
    '</form>',
  ]
  return page(words, { title, body: body.filter((part) => part !== '').join('\n') })
}

const summary = ({ notSent }: Words, sentences: string[]): string =>
  sentences.length === 0
    ? ''
    : `<div class="summary" role="alert"><h2>${escape(notSent)}</h2><ul>${sentences
        .map((sentence) => `<li dir="auto">${escape(sentence)}</li>`)
        .join('')}</ul></div>`

interface Control {
  name: string
  label: string
  isRequired: boolean
  told: { field: string; sentence: string }[]
}

/** A label, the input that `draw` makes with these attributes, and what is wrong with it. */
const control = (
  words: Words,
  { name, label, isRequired, told }: Control,
  draw: (common: string) => string,
): string => {
  const wrong = told.filter(({ field }) => field === name)
  const isFirst = wrong.length > 0 && wrong[0] === told[0]
  const common = [
    `id="f-${name}" name="${name}" dir="auto"`,
    isRequired ? 'required' : '',
    wrong.length > 0 ? `aria-invalid="true" aria-describedby="w-${name}"` : '',
    isFirst ? 'autofocus' : '',
  ]
  return [
    `<label for="f-${name}" dir="auto">${escape(label)}${isRequired ? '' : ` <small>(${escape(words.optional)})</small>`}</label>`,
    draw(common.filter((part) => part !== '').join(' ')),
    wrong.length > 0
      ? `<p class="wrong" id="w-${name}" dir="auto">${wrong.map(({ sentence }) => escape(sentence)).join(' ')}</p>`
      : '',
  ]
    .filter((part) => part !== '')
    .join('\n')
}

export const thanksPage = (words: Words, { formUrl }: { formUrl: string }): string =>
  page(words, {
    title: words.thanks,
    body: `<h1>${escape(words.thanks)}</h1>\n<p>${escape(words.arrived)}</p>\n<p><a href="${escape(formUrl)}">${escape(words.another)}</a></p>`,
  })

/** For what is wrong with the whole request; the sentence is in English. */
export const refusalPage = (words: Words, { sentence, isPost }: { sentence: string; isPost: boolean }): string =>
  page(words, {
    title: words.notSent,
    body: `${isPost ? `<h1>${escape(words.notSent)}</h1>\n` : ''}<p lang="en" dir="ltr">${escape(sentence)}</p>${isPost ? `\n<p>${escape(words.goBack)}</p>` : ''}`,
  })
