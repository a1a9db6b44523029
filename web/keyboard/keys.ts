import { useEffect, useRef } from 'react'

type Acts = Partial<Record<string, (event: KeyboardEvent) => void>>

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

const isElsewhere = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest('[role=dialog],[role=alertdialog],[role=menu]') !== null

/** Single keys, for as long as the component is there; not while somebody types, nor in a dialog or menu. */
export const useKeys = (acts: Acts): void => {
  const current = useRef(acts)
  useEffect(() => {
    current.current = acts
  })
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { key, target, ctrlKey, metaKey, altKey, defaultPrevented, isComposing } = event
      if (defaultPrevented || isComposing || isElsewhere(target)) return
      const name = ctrlKey || metaKey ? `Ctrl+${key.toLowerCase()}` : key
      const act = current.current[name]
      if (!act || altKey || (isTyping(target) && !name.startsWith('Ctrl+') && key !== 'Escape')) return
      act(event)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}
