import type { ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import { Icon, type IconName } from '../ui/icon.tsx'

const itemClass = 'grid h-13 flex-1 content-center justify-items-center gap-0.5 text-xs'

/** The way around, on narrow screens; it leaves the room to a conversation that is open. */
export const BottomBar = ({ search }: { search(): void }) => {
  const [path] = useLocation()
  const isInConversation = /^\/inbox\/\w+\/./.test(path)
  return (
    <nav
      aria-label="Main"
      className={`shrink-0 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] lg:hidden print:hidden ${isInConversation ? 'hidden md:flex' : 'flex'}`}
    >
      <Item href="/inbox" icon="inbox">
        Inbox
      </Item>
      <Item href="/contacts" icon="people">
        Contacts
      </Item>
      <button type="button" onClick={search} className={`${itemClass} text-muted`}>
        <Icon name="search" />
        Search
      </button>
      <Item href="/settings" icon="gear">
        Settings
      </Item>
    </nav>
  )
}

const Item = ({ href, icon, children }: { href: string; icon: IconName; children: ReactNode }) => {
  const [path] = useLocation()
  const isHere = path.startsWith(href)
  return (
    <Link
      href={href}
      aria-current={isHere ? 'page' : undefined}
      className={`${itemClass} ${isHere ? 'font-medium text-accent' : 'text-muted'}`}
    >
      <Icon name={icon} />
      {children}
    </Link>
  )
}
