import { Link } from 'wouter'
import { useCounts } from './conversations.ts'
import { shown, viewsFor, type View } from './views.ts'

/** The views, where there is no room for the sidebar. */
export const Tabs = ({ view }: { view: View }) => {
  const counts = useCounts()
  return (
    <nav aria-label="Views" className="flex h-full items-center overflow-x-auto px-1 lg:hidden">
      {viewsFor(counts?.undelivered, view).map((each) => (
        <Link
          key={each}
          href={`/inbox/${each}`}
          aria-current={each === view ? 'page' : undefined}
          className={`flex h-11 shrink-0 grow flex-col items-center justify-center rounded-lg px-1 leading-tight ${each === view ? 'bg-chosen font-medium' : 'text-muted'}`}
        >
          {shown[each].title}
          <span className="h-4 text-sm tabular-nums">
            {counts && counts[each] > 0 && counts[each].toLocaleString()}
          </span>
        </Link>
      ))}
    </nav>
  )
}
