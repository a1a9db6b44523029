import { useMutation } from '@tanstack/react-query'
import { patch } from '../api.ts'
import { Tick } from '../ui/field.tsx'
import { useToasts } from '../ui/toasts.tsx'
import { changed } from './list.ts'

interface Given {
  channel: { id: string; plusAddresses: boolean }
}

/** Whether the mail system of a channel's address takes plus addresses. */
export const PlusAddresses = ({ channel: { id, plusAddresses } }: Given) => {
  const { failed } = useToasts()
  const { mutate, isPending } = useMutation({
    mutationFn: (wanted: boolean) => patch(`/channels/${id}`, { plusAddresses: wanted }),
    onSuccess: () => changed('channels'),
    onError: failed('Not changed.'),
  })
  return (
    <div className="mt-3 text-sm">
      <Tick
        label="Answers go to an address for each conversation (with a + in it)"
        checked={plusAddresses}
        disabled={isPending}
        change={mutate}
      />
    </div>
  )
}
