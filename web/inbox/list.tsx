import { useMemo, type ReactNode } from 'react'
import { itemsOf } from '../pages.ts'
import { Empty } from '../ui/empty.tsx'
import { NotLoaded } from '../ui/problem.tsx'
import { SkeletonList } from '../ui/skeleton.tsx'
import { VirtualList } from '../ui/virtual-list.tsx'
import { useAgents } from './agents.ts'
import { useConversations, useCounts } from './conversations.ts'
import { useIsCompact } from './density.ts'
import { Row, rowHeights } from './row.tsx'
import { shown, type View } from './views.ts'

const unused = ['Nobody has written yet', 'What customers write appears here by itself.'] as const

interface Given {
  view: View
  openId: string | undefined
  /** What a new workspace needs, in the place of an empty list. */
  firstSteps: ReactNode
}

export const List = ({ view, openId, firstSteps }: Given) => {
  const agents = useAgents()
  const isCompact = useIsCompact()
  const rowHeight = isCompact ? rowHeights.compact : rowHeights.comfortable
  const { data, error, refetch, ...more } = useConversations(view)
  const counts = useCounts()
  const isUnused = counts !== undefined && counts.open + counts.closed + counts.archived === 0
  const items = useMemo(() => itemsOf(data), [data])
  if (error && !data) return <NotLoaded error={error} again={refetch} />
  if (!data) return <SkeletonList label="The conversations are being loaded." rowHeight={rowHeight} />
  if (items.length === 0) {
    if (firstSteps) return <div className="scroll-pane min-h-0 flex-1">{firstSteps}</div>
    const [title, next] = isUnused ? unused : shown[view].empty
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
      rowHeight={rowHeight}
      {...more}
    >
      {(conversation, isOpen) => (
        <Row {...{ conversation, view, isOpen, isCompact }} assignee={agents.get(conversation.assignedToId ?? '')} />
      )}
    </VirtualList>
  )
}
