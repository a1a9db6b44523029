import { useEffect, useEffectEvent, useState } from 'react'

/** Takes files that are let go anywhere on the page; resolves to whether some hang over it. */
export const useFileDrop = (take: (files: File[]) => unknown): boolean => {
  const [isOver, setOver] = useState(false)
  const onDrag = useEffectEvent((event: DragEvent) => {
    if (!event.dataTransfer?.types.includes('Files')) return
    // or the browser would leave the page for the file
    event.preventDefault()
    setOver(event.type === 'dragover')
    if (event.type === 'drop') take([...event.dataTransfer.files])
  })
  useEffect(() => {
    const onLeave = ({ relatedTarget }: DragEvent) => relatedTarget === null && setOver(false)
    window.addEventListener('dragover', onDrag)
    window.addEventListener('drop', onDrag)
    window.addEventListener('dragleave', onLeave)
    return () => {
      window.removeEventListener('dragover', onDrag)
      window.removeEventListener('drop', onDrag)
      window.removeEventListener('dragleave', onLeave)
    }
  }, [])
  return isOver
}
