import type { ReactNode } from 'react'
import { Link, Redirect } from 'wouter'
import { useMe } from '../session/session.ts'
import { Nowhere } from '../shell/nowhere.tsx'
import { Agents } from './agents.tsx'
import { Channels } from './channels.tsx'
import { Imports } from './imports.tsx'
import { Keys } from './keys.tsx'
import { Profile } from './profile.tsx'
import { ForAdmins } from './for-admins.tsx'
import { SavedReplies } from './saved-replies.tsx'
import { WorkspaceSettings } from './workspace.tsx'

interface Section {
  name: string
  title: string
  isForAdmins: boolean
  show(): ReactNode
}

const sections: Section[] = [
  { name: 'profile', title: 'Your profile', isForAdmins: false, show: () => <Profile /> },
  { name: 'saved-replies', title: 'Saved replies', isForAdmins: false, show: () => <SavedReplies /> },
  { name: 'workspace', title: 'Workspace', isForAdmins: true, show: () => <WorkspaceSettings /> },
  { name: 'channels', title: 'Channels', isForAdmins: true, show: () => <Channels /> },
  { name: 'agents', title: 'Agents', isForAdmins: true, show: () => <Agents /> },
  { name: 'keys', title: 'API keys', isForAdmins: true, show: () => <Keys /> },
  { name: 'import', title: 'Import', isForAdmins: true, show: () => <Imports /> },
]

export const Settings = ({ section }: { section: string | undefined }) => {
  const { isAdmin } = useMe()
  const open = sections.filter(({ isForAdmins }) => isAdmin || !isForAdmins)
  const here = open.find(({ name }) => name === section)
  if (section === undefined) return <Redirect to="/settings/profile" replace />
  const isForAdmins = sections.some(({ name }) => name === section)
  if (!here) return isForAdmins ? <ForAdmins /> : <Nowhere />
  return (
    <div className="flex min-w-0 flex-1 flex-col bg-surface md:flex-row lg:border-s lg:border-line">
      <nav aria-label="Settings" className="shrink-0 border-line max-md:border-b md:w-52 md:border-e">
        <h1 className="h-13 content-center px-4 text-lg font-semibold max-md:sr-only">Settings</h1>
        <ul className="flex gap-1 overflow-x-auto p-2 md:grid md:gap-0.5">
          {open.map(({ name, title }) => (
            <li key={name} className="shrink-0">
              <Link
                href={`/settings/${name}`}
                aria-current={name === section ? 'page' : undefined}
                className={`flex h-8 items-center rounded-lg px-2.5 ${name === section ? 'bg-chosen font-medium' : 'text-muted hover:bg-hover hover:text-ink'}`}
              >
                {title}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <div className="scroll-pane min-h-0 min-w-0 flex-1 px-4 py-5 md:px-8">
        <div className="mx-auto max-w-2xl">
          <h2 className="mb-5 text-xl font-semibold">{here.title}</h2>
          {here.show()}
        </div>
      </div>
    </div>
  )
}
