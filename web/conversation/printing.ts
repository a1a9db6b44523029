import { useEffect } from 'react'
import { hasEarlier, showEarlier } from './messages.ts'

/** How wide mails are printed, in pixels: as much as fits on A4 and on Letter. */
const paper = 640
/** How long the frames of mails are waited for, milliseconds. */
const patience = 5000

const frames = () => [...document.querySelectorAll<HTMLIFrameElement>('[role=log] iframe')]

/** All of a conversation, not only what is loaded. */
export const printThread = async (id: string): Promise<void> => {
  while (hasEarlier(id)) await showEarlier(id)
  const end = performance.now() + patience
  do await new Promise(requestAnimationFrame)
  while (performance.now() < end && frames().some((frame) => frame.contentDocument?.readyState !== 'complete'))
  window.print()
}

/** Mails are as high as they are at the width that they are printed at. */
export const usePrinting = (): void =>
  useEffect(() => {
    const setWidth = (width: string) => {
      for (const frame of frames()) {
        frame.style.width = width
        frame.dispatchEvent(new Event('fit'))
      }
    }
    const before = () => setWidth(`${paper}px`)
    const after = () => setWidth('')
    window.addEventListener('beforeprint', before)
    window.addEventListener('afterprint', after)
    return () => {
      window.removeEventListener('beforeprint', before)
      window.removeEventListener('afterprint', after)
    }
  }, [])
