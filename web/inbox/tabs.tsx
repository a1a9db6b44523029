import { Link } from 'wouter'
import { useCounts } from './conversations.ts'
import { shown, views, type View } from './views.ts'

/** The views, where there is no room for the sidebar. */
export const Tabs = ({ view }: { view: View }) => {
  const counts = useCounts()
  return (
    <nav aria-label="Views" className="flex h-full items-center gap-1 overflow-x-auto px-2 lg:hidden">
      {views.map((each) => (
        <Link
          key={each}
          href={`/inbox/${each}`}
          aria-current={each === view ? 'page' : undefined}
          className={`flex h-8 shrink-0 items-center gap-1.5 rounded-lg px-2.5 ${each === view ? 'bg-chosen font-medium' : 'text-muted'}`}
        >
          {shown[each].title}
          {counts && counts[each] > 0 && <span className="text-sm tabular-nums">{counts[each].toLocaleString()}</span>}
        </Link>
      ))}
    </nav>
  )
}
