import { lazy, Suspense } from 'react'
import { Conversation } from '../conversation/conversation.tsx'
import { Nowhere } from '../shell/nowhere.tsx'
import { Panes } from '../shell/panes.tsx'
import { useSetup } from '../setup/queries.ts'
import { Empty } from '../ui/empty.tsx'
import { useIsPhone } from '../ui/media.ts'
import { SkeletonPage } from '../ui/skeleton.tsx'
import { List } from './list.tsx'
import { Tabs } from './tabs.tsx'
import { isView, shown } from './views.ts'

const Checklist = lazy(async () => ({ default: (await import('../setup/checklist.tsx')).Checklist }))

interface Place {
  view: string
  conversationId: string | undefined
}

export const Inbox = ({ view, conversationId }: Place) => {
  const setup = useSetup()
  const isPhone = useIsPhone()
  if (!isView(view)) return <Nowhere />
  const { title } = shown[view]
  const firstSteps = setup && (
    <Suspense fallback={<SkeletonPage label="The first steps are being loaded." />}>
      <Checklist setup={setup} />
    </Suspense>
  )
  const list = (
    <>
      <header className="h-13 shrink-0 border-b border-line">
        <h1 className="h-full content-center px-4 text-lg font-semibold max-lg:sr-only">{title}</h1>
        <Tabs view={view} />
      </header>
      <List key={view} view={view} openId={conversationId} firstSteps={isPhone && firstSteps} />
    </>
  )
  return (
    <Panes {...{ title, list }} label="Conversations" isOpen={conversationId !== undefined}>
      {conversationId ? (
        <Conversation key={conversationId} id={conversationId} view={view} />
      ) : (
        <div className="flex-1">
          {isPhone || !firstSteps ? (
            <Empty title="No conversation is open">
              Choose one, or press <kbd>j</kbd> and <kbd>Enter</kbd>. <kbd>?</kbd> shows all keys.
            </Empty>
          ) : (
            firstSteps
          )}
        </div>
      )}
    </Panes>
  )
}
