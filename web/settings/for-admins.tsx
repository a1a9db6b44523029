import { Link } from 'wouter'
import { useAgents } from '../inbox/agents.ts'
import { Empty } from '../ui/empty.tsx'

/** In the place of settings that an agent may not change: who may. */
export const ForAdmins = () => {
  const admins = [...useAgents().values()].filter(({ role, status }) => role === 'ADMIN' && status === 'ACTIVE')
  return (
    <div className="h-full flex-1">
      <Empty title="Only admins can open this">
        {admins.length > 0 && (
          <p className="mb-2">
            Ask{' '}
            {admins.map(({ id, name }, i) => (
              <span key={id}>
                {i > 0 && (i === admins.length - 1 ? ' or ' : ', ')}
                <bdi className="font-medium text-ink">{name}</bdi>
              </span>
            ))}
            .
          </p>
        )}
        <Link href="/settings/profile" className="text-accent underline">
          Go to your profile
        </Link>
      </Empty>
    </div>
  )
}
