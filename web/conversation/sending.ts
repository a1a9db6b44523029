import { useMutation } from '@tanstack/react-query'
import { useRef } from 'react'
import type { Message } from '../../server/messages/schema.ts'
import { newOnce, post } from '../api.ts'
import type { Mode } from '../draft-storage.ts'
import { showMessage } from './messages.ts'

interface Written {
  mode: Mode
  text: string
  files: File[]
}

interface Given {
  written: Written
  onSent(andClose: boolean): void
}

/** Sends what is written in a conversation; what may have arrived although its answer was lost is not sent twice. */
export const useSending = (conversationId: string, { written: { mode, text, files }, onSent }: Given) => {
  const attempt = useRef({ written: '', files, once: '' })
  return useMutation({
    mutationFn: async (_andClose: boolean) => {
      const written = `${mode} ${text}`
      if (attempt.current.written !== written || attempt.current.files !== files)
        attempt.current = { written, files, once: newOnce() }
      const path = `/conversations/${conversationId}/messages`
      return post<{ message: Message }>(path, bodyOf({ mode, text, files }), attempt.current.once)
    },
    onSuccess: ({ message }, andClose) => {
      attempt.current.written = ''
      showMessage(conversationId, message)
      onSent(andClose)
    },
  })
}

const bodyOf = ({ mode, text, files }: Written) => {
  const isNote = mode === 'note'
  if (files.length === 0) return { contentText: text, ...(isNote ? { note: true } : {}) }
  const form = new FormData()
  form.append('contentText', text)
  if (isNote) form.append('note', 'true')
  for (const file of files) form.append('attachments', file)
  return form
}
