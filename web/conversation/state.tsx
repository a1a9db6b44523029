import type { Conversation, ConversationStatus } from '../../server/conversations/schema.ts'
import { Time } from '../ui/time.tsx'

export const states: Record<ConversationStatus, string> = { OPEN: 'Open', CLOSED: 'Closed', ARCHIVED: 'Archived' }

/** Whether it is done, and when something was last said in it. */
export const State = ({ status, lastMessageAt }: Pick<Conversation, 'status' | 'lastMessageAt'>) => (
  <>
    {states[status]}
    {lastMessageAt && (
      <>
        {' · '}
        <Time at={lastMessageAt} />
      </>
    )}
  </>
)
