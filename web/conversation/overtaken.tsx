import type { Message } from '../../server/messages/schema.ts'
import { useAgents } from '../inbox/agents.ts'

/** What others wrote while an agent was writing, before that one's reply is sent all the same. */
export const Overtaken = ({ messages, customer }: { messages: Message[]; customer: string }) => {
  const agents = useAgents()
  if (messages.length === 0) return null
  const authorOf = ({ senderType, agentId }: Message) =>
    senderType === 'CUSTOMER' ? customer : (agents.get(agentId ?? '')?.name ?? 'A colleague')
  return (
    <div role="alert" className="mx-3 mb-2 rounded-lg border border-note-line bg-note px-3 py-1.5 text-on-note">
      <p className="font-medium">Not sent yet. While you were writing:</p>
      <ul>
        {messages.map((message) => (
          <li key={message.id} className="truncate">
            <bdi>{authorOf(message)}</bdi> {message.note ? 'noted' : 'wrote'}: <bdi>{message.contentPreview}</bdi>
          </li>
        ))}
      </ul>
      <p>Send again if your reply is still right.</p>
    </div>
  )
}
