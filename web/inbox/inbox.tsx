import { Conversation } from '../conversation/conversation.tsx'
import { Nowhere } from '../shell/nowhere.tsx'
import { Empty } from '../ui/empty.tsx'
import { List } from './list.tsx'
import { Tabs } from './tabs.tsx'
import { isView, shown } from './views.ts'

interface Place {
  view: string
  conversationId: string | undefined
}

export const Inbox = ({ view, conversationId }: Place) => {
  if (!isView(view)) return <Nowhere />
  return (
    <>
      {conversationId && <h1 className="sr-only md:hidden">{shown[view].title}</h1>}
      <section
        aria-label="Conversations"
        className={`w-full min-w-0 flex-col border-line bg-surface md:flex md:w-88 md:shrink-0 md:border-x ${conversationId ? 'hidden' : 'flex'}`}
      >
        <header className="shrink-0 border-b border-line">
          <h1 className="h-13 content-center px-4 text-lg font-semibold max-lg:sr-only">{shown[view].title}</h1>
          <Tabs view={view} />
        </header>
        <List key={view} view={view} openId={conversationId} />
      </section>
      <div className={`min-w-0 flex-1 bg-surface md:flex ${conversationId ? 'flex' : 'hidden'}`}>
        {conversationId ? (
          <Conversation key={conversationId} id={conversationId} view={view} />
        ) : (
          <div className="flex-1">
            <Empty title="No conversation is open">
              Choose one, or press <kbd>j</kbd> and <kbd>Enter</kbd>. <kbd>?</kbd> shows all keys.
            </Empty>
          </div>
        )}
      </div>
    </>
  )
}
