import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { remove } from '../api.ts'
import { FormDialog } from '../ui/form-dialog.tsx'
import { changed } from './list.ts'

interface Given {
  /** The list that it is in. */
  of: string
  /** Undefined while nobody wants to. */
  id: string | undefined
  title: string
  action: string
  close(): void
  children: ReactNode
}

/** Asks once more before something is gone. */
export const Remove = ({ of, id, title, action, close, children }: Given) => {
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => remove(`/${of}/${id}`),
    onSuccess: () => {
      changed(of)
      close()
    },
  })
  return (
    <FormDialog
      look="danger"
      isOpen={id !== undefined}
      submit={() => mutate()}
      {...{ title, action, close, error, isPending }}
    >
      <p>{children}</p>
    </FormDialog>
  )
}
