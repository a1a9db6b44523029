import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { client } from '../client.ts'
import type { Message } from '../../server/messages/schema.ts'
import { Failure } from '../api.ts'
import { attachmentUrl, sizeOf } from './attachments.tsx'
import type { Mode } from '../draft-storage.ts'

const filesMost = 10
/** The server takes 25 MiB, with the text. */
const bytesMost = 25_000_000
export const limit = `up to ${filesMost} files, ${sizeOf(bytesMost)} in all`

const none: File[] = []

const keys = new WeakMap<File, number>()
let keysGiven = 0

/** For lists: two files may have the same name, and a button must stay that of its file when another one goes. */
export const keyOf = (file: File): number => {
  if (!keys.has(file)) keys.set(file, (keysGiven += 1))
  return keys.get(file)!
}

/** Files that are to be sent along: a reply's are not a note's. Kept while the page is open, as browsers keep no files. */
export const useFiles = (conversationId: string, mode: Mode) => {
  const queryKey = ['files', conversationId, mode]
  const [refused, setRefused] = useState('')
  const { data: files = none } = useQuery<File[]>({ queryKey, queryFn: () => none, enabled: false, gcTime: Infinity })
  const change = (after: (before: File[]) => File[]) =>
    client.setQueryData<File[]>(queryKey, (before = none) => after(before))

  const add = async (chosen: File[]) => {
    const problems: string[] = []
    for (const file of chosen) {
      // what a folder, or a file that is gone by now, cannot be
      const read = await inMemory(file).catch(() => undefined)
      if (!read) problems.push(`${file.name} cannot be read.`)
      else
        change((before) => {
          if (fits([...before, read])) return [...before, read]
          problems.push(`${file.name} was not added: a message takes ${limit}.`)
          return before
        })
    }
    setRefused(problems.join(' '))
  }
  const remove = (file: File) => {
    change((before) => before.filter((other) => other !== file))
    setRefused('')
  }
  const clear = () => change(() => none)
  return { files, refused, add, remove, clear }
}

const inMemory = async (file: File): Promise<File> => {
  if (file.size > bytesMost) return file
  return new File([await file.arrayBuffer()], file.name, { type: file.type })
}

const fits = (files: File[]): boolean =>
  files.length <= filesMost && files.reduce((sum, { size }) => sum + size, 0) <= bytesMost

/** Of a message that was sent, to send them again. */
export const filesOf = (conversationId: string, message: Message): Promise<File[]> =>
  Promise.all(
    message.attachments.map(async (attachment) => {
      const answer = await fetch(attachmentUrl(conversationId, message.id, attachment))
      if (!answer.ok) throw new Failure(answer.status, {})
      return new File([await answer.blob()], attachment.name, { type: attachment.contentType })
    }),
  )
