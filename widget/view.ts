import type { Appearance } from './api.ts'
import { asItIs, dress } from './appearance.ts'
import type { Chat, File, Shown } from './chat.ts'
import { h, icon, linked, save } from './elements.ts'
import { bubbleIcon, closeIcon, downIcon, fileIcon, sendIcon } from './icons.ts'
import type { Store } from './store.ts'
import css from './style.css?inline'
import type { Words } from './words.ts'

export interface View {
  /** Shows what the chat has now. */
  show(): void
  /** With a text to begin with, where nothing was typed yet. */
  open(text?: string): void
  close(): void
  /** Looks as the team wants it. */
  dress(appearance: Appearance): void
  /** Is seen from now on: before, it would change its look before the visitor's eyes. */
  reveal(): void
  remove(): void
}

interface Parts {
  words: Words
  align: string | undefined
  store: Store
  chat(): Chat
}

export const textCharacters = 10_000
/** Milliseconds. */
const oneBreath = 300_000
/** Pixels from the end of the conversation within which it follows new messages. */
const nearEnd = 80
const narrow = matchMedia('(max-width: 480px)')

export const createView = ({ words, align, store, chat }: Parts): View => {
  const badge = h('span', { class: 'badge', hidden: '' })
  const launcher = h(
    'button',
    {
      class: 'launcher',
      type: 'button',
      'aria-haspopup': 'dialog',
      'aria-expanded': 'false',
      'aria-controls': 'panel',
    },
    icon(bubbleIcon, 'shut'),
    icon(downIcon, 'opened'),
    badge,
  )
  const closer = h('button', { class: 'closer', type: 'button', 'aria-label': words.close }, icon(closeIcon))
  const earlier = h('button', { class: 'earlier', type: 'button', hidden: '' }, words.earlier)
  const list = h('ol')
  const scroller = h('div', { class: 'scroller', role: 'log', 'aria-label': words.conversation, tabindex: '0' })
  const greeting = h('p', { class: 'greeting', dir: 'auto' }, words.greeting)
  scroller.append(greeting, earlier, list)
  const state = h('p', { class: 'state', role: 'status' })
  const input = h('textarea', {
    id: 'message',
    rows: '1',
    maxlength: String(textCharacters),
    placeholder: words.message,
    enterkeyhint: 'send',
    autocomplete: 'off',
    dir: 'auto',
  })
  const sender = h('button', { class: 'sender', type: 'submit', 'aria-label': words.send }, icon(sendIcon, 'directed'))
  const label = h('label', { class: 'unseen', for: 'message' }, words.message)
  const form = h('form', {}, label, input, sender)
  const title = h('h2', { id: 'title' }, words.title)
  const panel = h(
    'div',
    { class: 'panel', id: 'panel', role: 'dialog', 'aria-labelledby': 'title', hidden: '' },
    h('header', {}, title, closer),
    scroller,
    state,
    form,
  )
  const news = h('p', { class: 'unseen', role: 'status' })
  const root = h(
    'div',
    {
      class: 'root',
      hidden: '',
      lang: words.language,
      dir: words.isRightToLeft ? 'rtl' : 'ltr',
    },
    panel,
    launcher,
    news,
  )
  const host = h('support-widget' as 'div')
  const shadow = host.attachShadow({ mode: 'open' })
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(css)
  const parts = { root, colors: new CSSStyleSheet(), greeting, words, align }
  dress(parts, asItIs)
  shadow.adoptedStyleSheets = [sheet, parts.colors]
  shadow.append(root)

  const rows = new Map<string, HTMLLIElement>()
  const time = new Intl.DateTimeFormat(words.language, { hour: 'numeric', minute: '2-digit' })
  const day = new Intl.DateTimeFormat(words.language, { weekday: 'long', day: 'numeric', month: 'long' })
  let lastNews: string | undefined

  const isOpen = () => !panel.hidden

  const show = () => {
    const shown = chat().shown()
    const isAtEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < nearEnd
    showMessages(shown)
    earlier.hidden = !chat().hasEarlier()
    const connection = chat().connection()
    setText(state, connection === 'ready' ? '' : words[connection])
    if (isOpen() && isAtEnd) scrollToEnd()
    showUnread(shown)
  }

  const showMessages = (shown: Shown[]) => {
    const keys = new Set(shown.map(({ key }) => key))
    for (const [key, row] of rows) {
      if (keys.has(key)) continue
      row.remove()
      rows.delete(key)
    }
    for (const [i, message] of shown.entries()) {
      const before = shown[i - 1]
      const row = rows.get(message.key) ?? rowOf(message)
      rows.set(message.key, row)
      if (list.children[i] !== row) list.insertBefore(row, list.children[i] ?? null)
      const isNewDay = before?.at.toDateString() !== message.at.toDateString()
      if (isNewDay) row.dataset['day'] = day.format(message.at)
      else delete row.dataset['day']
      row.classList.toggle('waiting', message.isWaiting)
      row.classList.toggle('goes-on', isOneBreath(before, message))
      row.classList.toggle('ends', !isOneBreath(message, shown[i + 1]))
      setText(row.querySelector('.when')!, message.isWaiting ? words.waiting : time.format(message.at))
    }
  }

  const rowOf = ({ isOwn, author, text, files }: Shown): HTMLLIElement =>
    h(
      'li',
      { class: isOwn ? 'own' : 'theirs' },
      h('span', { class: isOwn ? 'unseen' : 'author' }, isOwn ? words.you : (author ?? words.team)),
      h('p', { dir: 'auto' }, ...(isOwn ? [text] : linked(text))),
      ...files.map(buttonOf),
      h('span', { class: 'when' }),
    )

  const buttonOf = (file: File): Node => {
    const button = h('button', { class: 'file', type: 'button', dir: 'auto' }, icon(fileIcon), file.name)
    button.addEventListener('click', () =>
      chat()
        .load(file)
        .then((content) => save(content, file.name))
        .catch((error: unknown) => console.error(`Support chat: ${String(error)}`)),
    )
    return button
  }

  /** Answers that came while nobody looked: a number on the button, and a word for those who listen. */
  const showUnread = (shown: Shown[]) => {
    const answers = shown.filter(({ isOwn }) => !isOwn)
    const newest = answers.at(-1)
    if (isOpen() && !document.hidden && newest) store.set('seen', newest.key)
    const count = answers.length - 1 - answers.findIndex(({ key }) => key === store.get('seen'))
    badge.hidden = count === 0
    setText(badge, count > 9 ? '9+' : String(count))
    launcher.setAttribute('aria-label', count === 0 ? words.open : words.openWithUnread(count))
    if (count > 0 && newest && newest.key !== lastNews) setText(news, words.news(newest.author ?? words.team))
    lastNews = newest?.key
  }

  const scrollToEnd = () => void (scroller.scrollTop = scroller.scrollHeight)

  const setOpen = (isNowOpen: boolean) => {
    panel.hidden = !isNowOpen
    launcher.setAttribute('aria-expanded', String(isNowOpen))
    root.classList.toggle('open', isNowOpen)
    store.set('isOpen', isNowOpen ? '1' : '')
    setText(news, '')
    modal()
    show()
    if (isNowOpen) scrollToEnd()
  }

  /** On a narrow screen the panel covers the page, so nothing behind it is to be reached. */
  const modal = () => panel.setAttribute('aria-modal', String(narrow.matches && isOpen()))

  const open = (text = '') => {
    setOpen(true)
    if (input.value === '') input.value = text
    grow()
    input.focus()
  }

  const close = () => {
    const hadFocus = panel.contains(shadow.activeElement)
    setOpen(false)
    if (hadFocus) launcher.focus()
  }

  const send = () => {
    const text = input.value.trim()
    if (text === '') return
    // where the browser cannot keep it, this throws and the text stays in the field
    chat().send(text)
    input.value = ''
    grow()
    scrollToEnd()
    input.focus()
  }

  /** Keeps what is typed. The field is as high as its text; the style sheet says how high at most. */
  const grow = () => {
    store.set('draft', input.value)
    const lines = input.value.split('\n').reduce((sum, line) => sum + 1 + Math.floor(line.length / 38), 0)
    input.rows = Math.min(5, Math.max(1, lines))
    sender.disabled = input.value.trim() === ''
  }

  const keepFocusInside = (event: KeyboardEvent) => {
    const stops = [...panel.querySelectorAll<HTMLElement>('button, a, textarea, [tabindex]')].filter(
      (stop) => !stop.hidden && !(stop as HTMLButtonElement).disabled,
    )
    const [end, other] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]]
    if (shadow.activeElement !== end) return
    event.preventDefault()
    other?.focus()
  }

  launcher.addEventListener('click', () => (isOpen() ? close() : open()))
  closer.addEventListener('click', close)
  earlier.addEventListener('click', async () => {
    const fromEnd = scroller.scrollHeight - scroller.scrollTop
    await chat()
      .loadEarlier()
      .catch(() => {})
    scroller.scrollTop = scroller.scrollHeight - fromEnd
  })
  input.addEventListener('input', grow)
  input.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    send()
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    send()
  })
  panel.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') close()
    if (event.key === 'Tab' && narrow.matches) keepFocusInside(event)
  })
  // the page's own shortcuts are not meant while somebody writes here
  for (const name of ['keydown', 'keyup', 'keypress']) host.addEventListener(name, (event) => event.stopPropagation())
  narrow.addEventListener('change', modal)

  input.value = store.get('draft')
  grow()
  document.body.append(host)
  if (store.get('isOpen') !== '') queueMicrotask(() => setOpen(true))

  return {
    show,
    open,
    close,
    dress: (appearance) => dress(parts, appearance),
    reveal: () => void (root.hidden = false),
    remove: () => {
      narrow.removeEventListener('change', modal)
      host.remove()
    },
  }
}

/** Said by the same person, shortly after: the name and the time are shown once. */
const isOneBreath = (one: Shown | undefined, next: Shown | undefined): boolean =>
  one !== undefined &&
  next !== undefined &&
  one.isOwn === next.isOwn &&
  one.author === next.author &&
  one.isWaiting === next.isWaiting &&
  next.at.getTime() - one.at.getTime() < oneBreath &&
  one.at.toDateString() === next.at.toDateString()

/** Only when it differs: what listens would say it again. */
const setText = (element: Element, text: string): void => {
  if (element.textContent !== text) element.textContent = text
}
