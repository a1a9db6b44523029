import { Link, useLocation } from 'wouter'
import { useCounts } from '../inbox/conversations.ts'
import { setCompact, useIsCompact } from '../inbox/density.ts'
import { shown, viewsFor, views } from '../inbox/views.ts'
import { signOut, useMe } from '../session/session.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Icon, type IconName } from '../ui/icon.tsx'
import { Menu } from '../ui/menu.tsx'

/** The way around, on wide screens. */
export const Sidebar = ({ search, showKeys }: { search(): void; showKeys(): void }) => {
  const { name, email, workspace } = useMe()
  const [path, go] = useLocation()
  const counts = useCounts()
  const isCompact = useIsCompact()
  return (
    <nav aria-label="Main" className="hidden w-54 shrink-0 flex-col gap-4 p-3 lg:flex print:hidden">
      <p className="truncate px-2 pt-1 font-semibold">{workspace.name}</p>
      <button
        type="button"
        onClick={search}
        className="flex h-8 items-center gap-2 rounded-lg border border-line bg-surface px-2 text-muted hover:bg-hover"
      >
        <Icon name="search" />
        <span className="flex-1 text-start">Search</span>
        <kbd>/</kbd>
      </button>
      <ul className="grid gap-0.5">
        {viewsFor(
          counts?.undelivered,
          views.find((view) => path.startsWith(`/inbox/${view}`)),
        ).map((view) => (
          <Item
            key={view}
            href={`/inbox/${view}`}
            icon={shown[view].icon}
            text={shown[view].title}
            count={counts?.[view]}
          />
        ))}
      </ul>
      <ul className="grid gap-0.5">
        <Item href="/contacts" icon="people" text="Contacts" />
        <Item href="/settings" icon="gear" text="Settings" />
      </ul>
      <Menu
        className="mt-auto flex items-center gap-2 rounded-lg p-2 text-start hover:bg-hover"
        button={
          <>
            <Avatar name={name} isSmall />
            <span className="truncate">
              {name}
              <span className="sr-only">: your account</span>
            </span>
          </>
        }
        choices={[
          { text: email ?? 'Your profile', act: () => go('/settings/profile') },
          { text: 'Keys', act: showKeys },
          { text: 'Compact rows', isChosen: isCompact, act: () => setCompact(!isCompact) },
          { text: 'Sign out', act: () => void signOut() },
        ]}
      />
    </nav>
  )
}

interface Target {
  href: string
  icon: IconName
  text: string
  count?: number | undefined
}

const Item = ({ href, icon, text, count }: Target) => {
  const [path] = useLocation()
  const isHere = path === href || path.startsWith(`${href}/`)
  return (
    <li>
      <Link
        href={href}
        aria-current={isHere ? 'page' : undefined}
        className={`flex h-8 items-center gap-2.5 rounded-lg px-2 ${
          isHere ? 'bg-chosen font-medium' : 'text-muted hover:bg-hover hover:text-ink'
        }`}
      >
        <Icon name={icon} />
        <span className="flex-1 truncate">{text}</span>
        {count !== undefined && count > 0 && <span className="text-sm tabular-nums">{count.toLocaleString()}</span>}
      </Link>
    </li>
  )
}
