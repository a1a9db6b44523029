import { limits } from '../limits.ts'
import type { Block } from './email.ts'

/** No mail whose text stands for the HTML beside it says so in more. */
const stubCharacters = 500
// in the languages of most senders: what shows HTML, or does not
const aboutHtml =
  /html|multi-?part|\bmime\b|browser|brauser|navigat|navegador|przegl[aą]dar|prohl[ií]že[cč]|selain|webl[aä]s|nettleser|webmail|mail client|e-?mail-?programm|messagerie|clie?nte de (?:correo|e-?mail)|client di posta|браузер|обозревател|программ|浏览器|瀏覽器|ブラウザ|브라우저|メールソフト|متصفح|דפדפן/i
const link = /\b(?:https?:\/\/|www\.)\S+/gi
const word = /[\p{L}\p{N}]+/gu

/** What the mail says, in plain text: of what was sent in two forms, the text unless it only stands for the HTML. */
export const textOfBlocks = async (blocks: Block[]): Promise<string> => {
  const texts: string[] = []
  let length = 0
  for (const { plain, html } of blocks) {
    if (length > limits.textCharacters) break
    const isDoubtful = html !== '' && (!hasWords(plain) || (plain.length <= stubCharacters && aboutHtml.test(plain)))
    const shown = isDoubtful ? await textOfHtml(html) : ''
    const text = shown !== '' && saysMore(shown, plain) ? shown : plain
    length += text.length
    if (text.trim() !== '') texts.push(text.trimEnd())
  }
  return texts.join('\n\n')
}

const hasWords = (text: string): boolean => wordsOf(text.replace(link, ' ')).length > 0

const wordsOf = (text: string): string[] => text.toLowerCase().match(word) ?? []

/** Whether the HTML has words that the text beside it has not. */
const saysMore = (shown: string, plain: string): boolean => {
  const known = new Set(wordsOf(plain))
  return known.size === 0 || wordsOf(shown).some((one) => !known.has(one))
}

// what reads HTML is loaded with the first that comes: most of the start of this process would be that
const textOfHtml = async (html: string): Promise<string> => (await import('./html-text.ts')).textOfHtml(html)

/** Empty where there is none. */
export const htmlOfBlocks = (blocks: Block[]): string =>
  blocks.some(({ html }) => html !== '')
    ? blocks.map(({ plain, html }) => (html === '' ? htmlOfText(plain) : html)).join('\n')
    : ''

const htmlOfText = (text: string): string =>
  text.trim() === ''
    ? ''
    : `<div>${text.trim().replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('\n', '<br>')}</div>`
