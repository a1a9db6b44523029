import { Fragment } from 'react'
import { splitQuoted } from './quoted.ts'

const link = /(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]}'’])/g

const WithLinks = ({ text }: { text: string }) =>
  text.split(link).map((part, i) =>
    i % 2 === 1 ? (
      <a key={i} href={part} target="_blank" rel="noreferrer" className="text-accent underline">
        {part}
      </a>
    ) : (
      <Fragment key={i}>{part}</Fragment>
    ),
  )

const look = '[overflow-wrap:anywhere] whitespace-pre-wrap [unicode-bidi:plaintext]'

/** Ours, with what others said in it: nothing of it can be followed. */
export const SystemText = ({ text }: { text: string }) => <div className={look}>{text}</div>

/** A plain text; each paragraph runs in its own direction. */
export const Text = ({ text }: { text: string }) => {
  const { own, quoted } = splitQuoted(text)
  return (
    <div className={look}>
      <WithLinks text={own} />
      {quoted !== '' && (
        <details className="mt-2">
          <summary className="w-fit text-muted">Quoted history</summary>
          <div className="mt-1 border-s-2 border-line ps-3 text-muted">
            <WithLinks text={quoted} />
          </div>
        </details>
      )}
    </div>
  )
}
