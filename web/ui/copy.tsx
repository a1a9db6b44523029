import { useState } from 'react'
import { Button } from './button.tsx'

/** Something to take along: whole, and with one click. */
export const Copy = ({ text, label }: { text: string; label: string }) => {
  const [isCopied, setCopied] = useState(false)
  const copy = async () => {
    // not there on plain http: then it is marked by hand
    await navigator.clipboard?.writeText(text)
    setCopied(true)
  }
  return (
    <div className="flex items-start gap-2 rounded-lg border border-line bg-ground p-2">
      <code
        tabIndex={0}
        aria-label={label}
        className="min-w-0 flex-1 self-center overflow-x-auto px-1 font-mono text-xs break-all select-all"
      >
        {text}
      </code>
      <Button onClick={() => void copy()} aria-label={`${isCopied ? 'Copied' : 'Copy'}: ${label}`}>
        {isCopied ? 'Copied' : 'Copy'}
      </Button>
    </div>
  )
}
