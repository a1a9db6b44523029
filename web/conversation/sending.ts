import { useMutation } from '@tanstack/react-query'
import { useRef } from 'react'
import type { Message } from '../../server/messages/schema.ts'
import { Failure, newOnce, post } from '../api.ts'
import type { Chosen, Mode } from '../draft-storage.ts'
import { reloadMessages, showAnswer } from './messages.ts'

interface Written {
  mode: Mode
  text: string
  files: File[]
  /** The newest message that its author had seen; undefined for a note. */
  after: string | undefined
  /** Undefined for a note, and in a chat. */
  recipients: Partial<Chosen> | undefined
}

interface Given {
  written: Written
  onSent(andClose: boolean): void
  /** Others have written since: nothing was sent. */
  onOvertaken(messages: Message[]): void
}

/** Sends what is written in a conversation; what may have arrived although its answer was lost is not sent twice. */
export const useSending = (conversationId: string, { written, onSent, onOvertaken }: Given) => {
  const { files } = written
  const attempt = useRef({ written: '', files, once: '' })
  return useMutation({
    mutationFn: async (_andClose: boolean) => {
      const { mode, text, after, recipients } = written
      const described = `${mode} ${after} ${JSON.stringify(recipients)} ${text}`
      if (attempt.current.written !== described || attempt.current.files !== files)
        attempt.current = { written: described, files, once: newOnce() }
      const path = `/conversations/${conversationId}/messages`
      try {
        await showAnswer(conversationId, () => post(path, bodyOf(written), attempt.current.once))
        return true
      } catch (error) {
        if (!(error instanceof Failure && error.code === 'others_wrote')) throw error
        const messages = await reloadMessages(conversationId)
        onOvertaken(messages.slice(messages.findIndex(({ id }) => id === after) + 1))
        return false
      }
    },
    onSuccess: (isSent, andClose) => {
      if (!isSent) return
      attempt.current.written = ''
      onSent(andClose)
    },
  })
}

const bodyOf = ({ mode, text, files, after, recipients }: Written) => {
  const fields = { contentText: text, ...(after === undefined ? {} : { after }) }
  const isNote = mode === 'note'
  if (files.length === 0) return { ...fields, ...recipients, ...(isNote ? { note: true } : {}) }
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  for (const [name, emails] of Object.entries(recipients ?? {})) for (const email of emails) form.append(name, email)
  if (isNote) form.append('note', 'true')
  for (const file of files) form.append('attachments', file)
  return form
}
