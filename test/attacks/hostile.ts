const run = (again: string) => (length: number) => again.repeat(Math.ceil(length / again.length)).slice(0, length)

/** Begun by a letter, so that no field finds it blank. */
const after = (start: string, again: string) => (length: number) => start + run(again)(length - start.length)

/** Texts of any length that have cost programs more than their length is worth. */
export const hostile: Record<string, (length: number) => string> = {
  'marks out of canonical order': (length) => `a${'\u0300'.repeat(length / 2 - 1)}${'\u0316'.repeat(length / 2)}`,
  'marks in turn': after('a', '\u0316\u0300'),
  'marks in canonical order': after('a', '\u0316'),
  'halfwidth sound marks': after('\uFF76', '\uFF9F\uFF9E'),
  'Tibetan vowel signs': after('\u0F40', '\u0F71\u0F72'),
  'the sign of 18 characters': run('\uFDFA'),
  'the sign of 18 characters, between others': run('\uFDFA\u0628 '),
  'squared words': run('\u3300'),
  'open brackets': after('a', '('),
  'open angles': after('a', '<'),
  'open tags': run('<b>'),
  blanks: (length) => `a${' '.repeat(length - 2)}a`,
  'empty lines': (length) => `a${'\n'.repeat(length - 2)}a`,
  'introductions of quotations': run('On a wrote wrote wrote wrote\n> \n'),
  'quoted lines': run('> a\n'),
  links: run('http://'),
  'encoded words': run('=?utf-8?q?=FF?= '),
}

/** What people write, of each script. */
export const legitimate: Record<string, (length: number) => string> = {
  Latin: (length) => textOf('abcdefghijklmnopqrstuvwxyzéüñ', length),
  Arabic: (length) => textOf('ابتثجحخدذرزسشصضطظعغفقكلمنهوي', length),
  Korean: (length) => textOf('가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허', length),
  // without spaces
  Japanese: (length) =>
    textOf('アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホ', length * 1.25).replaceAll(' ', ''),
  Tibetan: (length) => textOf('ཀཁགངཅཆཇཉཏཐདནཔཕབམཙཚཛཝཞཟའཡརལཤསཧཨ', length),
}

/** Words of one to eight of these letters, of which many come again. */
const textOf = (letters: string, length: number): string => {
  let seed = 7
  const next = (most: number) => (seed = (seed * 1_103_515_245 + 12_345) & 0x7fff_ffff) % most
  const word = () => Array.from({ length: 1 + next(8) }, () => letters[next(letters.length)]).join('')
  const vocabulary = Array.from({ length: 3000 }, word)
  let text = ''
  while (text.length < length) text += `${vocabulary[next(vocabulary.length)]} `
  return text.slice(0, length)
}
