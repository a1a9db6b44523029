/** Paragraphs of which each line but the last ends with a space, as one line each (RFC 3676). */
export const unflowed = (text: string, deletesSpace: boolean): string => {
  const paragraphs: string[] = []
  let open: string[] = []
  for (const stuffed of text.split(/\r?\n/)) {
    const line = stuffed.startsWith(' ') ? stuffed.slice(1) : stuffed
    const goesOn = line.endsWith(' ') && !(open.length === 0 && line === '-- ')
    open.push(goesOn && deletesSpace ? line.slice(0, -1) : line)
    if (goesOn) continue
    paragraphs.push(open.join(''))
    open = []
  }
  return [...paragraphs, ...(open.length > 0 ? [open.join('')] : [])].join('\n')
}
