import { useQuery } from '@tanstack/react-query'
import { Failure, inboxUrl } from '../api.ts'
import { buttonClass } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Problem } from '../ui/problem.tsx'

/** How much of a raw mail is shown, bytes: headers and text come before its files, mostly. */
const most = 256 * 1024

interface Given {
  conversationId: string
  messageId: string
  close(): void
}

/** A mail as it came, as text. */
export const Original = ({ conversationId, messageId, close }: Given) => {
  const url = inboxUrl(`/conversations/${conversationId}/messages/${messageId}/raw`)
  const { data, error } = useQuery({
    queryKey: ['raw', messageId],
    queryFn: ({ signal }) => load(url, signal),
    gcTime: 0,
  })
  return (
    <Dialog title="Original mail" isOpen isWide close={close}>
      <div className="flex min-h-0 flex-col gap-3 p-5">
        <Problem error={error}>Not loaded: </Problem>
        {data === undefined && !error && <p role="status">Loading…</p>}
        {data && (
          <pre
            tabIndex={0}
            aria-label="Headers and text"
            className="scroll-pane min-h-0 flex-1 rounded-lg border border-line bg-surface p-3 text-sm [overflow-wrap:anywhere] whitespace-pre-wrap [unicode-bidi:plaintext]"
          >
            {data.text}
          </pre>
        )}
        <div className="flex items-center gap-3">
          <a href={url} download={`${messageId}.eml`} className={buttonClass()}>
            Download
          </a>
          {data?.isCut && <p className="text-sm text-muted">This is its beginning. The download has all of it.</p>}
        </div>
      </div>
    </Dialog>
  )
}

const load = async (url: string, signal: AbortSignal): Promise<{ text: string; isCut: boolean }> => {
  const answer = await fetch(url, { signal })
  if (!answer.ok || !answer.body) throw new Failure(answer.status, {})
  const decoder = new TextDecoder()
  let [text, bytes] = ['', 0]
  for (const reader = answer.body.getReader(); ;) {
    const { done, value } = await reader.read()
    if (done) return { text: text + decoder.decode(), isCut: false }
    text += decoder.decode(value.subarray(0, most - bytes), { stream: true })
    bytes += value.length
    if (bytes <= most) continue
    await reader.cancel()
    return { text, isCut: true }
  }
}
