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

interface Given {
  text: string
  /** Off where others' words are quoted under our name. */
  hasLinks?: boolean
}

/** A plain text; each paragraph runs in its own direction. */
export const Text = ({ text, hasLinks = true }: Given) => (
  <div className="[overflow-wrap:anywhere] whitespace-pre-wrap [unicode-bidi:plaintext]">
    {splitQuoted(text).map((part, i) => {
      const shown = hasLinks ? <WithLinks text={part.text} /> : part.text
      return part.isQuoted ? (
        <details key={i} className="my-2">
          <summary className="w-fit text-muted">{hasLinks ? 'Quoted history' : 'Quoted from outside'}</summary>
          <div className="mt-1 border-s-2 border-line ps-3 text-muted">{shown}</div>
        </details>
      ) : (
        <Fragment key={i}>{shown}</Fragment>
      )
    })}
  </div>
)
