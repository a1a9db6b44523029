import { useMemo } from 'react'
import { itemsOf } from '../pages.ts'
import { Empty } from '../ui/empty.tsx'
import { NotLoaded } from '../ui/problem.tsx'
import { VirtualList } from '../ui/virtual-list.tsx'
import { useAgents } from './agents.ts'
import { useConversations } from './conversations.ts'
import { Row } from './row.tsx'
import { shown, type View } from './views.ts'

export const List = ({ view, openId }: { view: View; openId: string | undefined }) => {
  const agents = useAgents()
  const { data, error, refetch, ...more } = useConversations(view)
  const items = useMemo(() => itemsOf(data), [data])
  if (error && !data) return <NotLoaded error={error} again={refetch} />
  if (data && items.length === 0) {
    const [title, next] = shown[view].empty
    return (
      <div className="flex-1">
        <Empty title={title}>{next}</Empty>
      </div>
    )
  }
  return (
    <VirtualList
      items={items}
      idOf={({ id }) => id}
      hrefOf={({ id }) => `/inbox/${view}/${id}`}
      openId={openId}
      rowHeight={84}
      {...more}
    >
      {(conversation, isOpen) => (
        <Row {...{ conversation, view, isOpen }} assignee={agents.get(conversation.assignedToId ?? '')} />
      )}
    </VirtualList>
  )
}
