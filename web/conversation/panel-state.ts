import { useState } from 'react'
import { keptChoice } from '../ui/kept.ts'
import { useIsWide } from '../ui/media.ts'

const beside = keptChoice('contact panel')

/** Whether the contact is shown: beside the conversation unless it was closed there; over it, where there is no room, on demand. */
export const usePanel = () => {
  const isBeside = useIsWide()
  const isWanted = beside.use() !== 'closed'
  const [isOver, setOver] = useState(false)
  const isOpen = isBeside ? isWanted : isOver
  const setOpen = (open: boolean) => (isBeside ? beside.choose(open ? 'open' : 'closed') : setOver(open))
  return { isBeside, isOpen, setOpen, toggle: () => setOpen(!isOpen) }
}

export type Panel = ReturnType<typeof usePanel>

export const panelId = 'contact-panel'
