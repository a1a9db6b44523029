import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { NewSavedReply, SavedReply } from '../../server/saved-replies/schema.ts'
import { newOnce, patch, post, remove } from '../api.ts'
import { useAllSavedReplies } from '../conversation/saved-replies.tsx'
import { Button } from '../ui/button.tsx'
import { Empty } from '../ui/empty.tsx'
import { Area, Field } from '../ui/field.tsx'
import type { Typed } from '../ui/form.tsx'
import { FormDialog } from '../ui/form-dialog.tsx'
import { NotLoaded } from '../ui/problem.tsx'
import { SkeletonList } from '../ui/skeleton.tsx'
import { useToasts } from '../ui/toasts.tsx'
import { Card, Cards } from './card.tsx'
import { changed } from './list.ts'

export const SavedReplies = () => {
  const { data, error, refetch } = useAllSavedReplies()
  const { failed } = useToasts()
  const [edited, setEdited] = useState<SavedReply | 'new'>()
  if (error && !data) return <NotLoaded error={error} again={refetch} />
  if (!data) return <SkeletonList label="The saved replies are being loaded." rows={3} />
  const drop = (id: string) =>
    void remove(`/saved-replies/${id}`).then(() => changed('saved-replies'), failed('Not deleted.'))
  return (
    <>
      {data.length === 0 && (
        <Empty title="Nothing is saved yet">
          Save what you write often. While you write, <kbd>/</kbd> finds it.
        </Empty>
      )}
      {data.length > 0 && (
        <Cards label="Saved replies">
          {data.map((reply) => (
            <Card
              key={reply.id}
              title={reply.title}
              note={`/${reply.shortcut} · ${reply.contentText}`}
              actions={
                <span className="flex gap-2">
                  <Button onClick={() => setEdited(reply)} aria-label={`Edit ${reply.title}`}>
                    Edit
                  </Button>
                  <Button look="danger" onClick={() => drop(reply.id)} aria-label={`Delete ${reply.title}`}>
                    Delete
                  </Button>
                </span>
              }
            />
          ))}
        </Cards>
      )}
      <Button look="main" onClick={() => setEdited('new')}>
        Save a reply
      </Button>
      {edited && <Edit of={edited === 'new' ? undefined : edited} close={() => setEdited(undefined)} />}
    </>
  )
}

const Edit = ({ of, close }: { of: SavedReply | undefined; close(): void }) => {
  const { mutate, error, isPending } = useMutation({
    mutationFn: (body: NewSavedReply) =>
      of ? patch(`/saved-replies/${of.id}`, body) : post('/saved-replies', body, newOnce()),
    onSuccess: () => {
      changed('saved-replies')
      close()
    },
  })
  const submit = (typed: Typed) =>
    mutate({ title: typed('title'), shortcut: typed('shortcut'), contentText: typed('contentText') })
  return (
    <FormDialog
      title={of ? 'Edit the reply' : 'Save a reply'}
      action="Save"
      isOpen
      {...{ close, submit, error, isPending }}
    >
      <Field name="title" required defaultValue={of?.title} dir="auto" />
      <Field
        name="shortcut"
        required
        defaultValue={of?.shortcut}
        hint="What you type after the slash: small letters, digits and -."
      />
      <Area name="contentText" required defaultValue={of?.contentText} />
    </FormDialog>
  )
}
