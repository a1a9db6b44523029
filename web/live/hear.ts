import { Failure } from '../api.ts'
import { client } from '../client.ts'
import { isChanging } from '../conversation/actions.ts'
import { messagesChanged } from '../conversation/messages.ts'
import { notice } from '../conversation/notices.tsx'
import { loadConversation, place } from '../inbox/conversations.ts'

export interface Change {
  kind: string
  contactId: string | null
  conversationId: string | null
  messageId: string | null
}

/** Milliseconds in which changes are gathered, and from how many on a list is loaded anew instead. */
const gathered = 120
const many = 12

/** Turns changes into what the screens show, several at a time. */
export const hear = (myId: string) => {
  let timer: ReturnType<typeof setTimeout> | undefined
  let waiting: Change[] = []

  const flush = () => {
    timer = undefined
    const changes = waiting
    waiting = []
    const ids = idsIn(changes, 'conversationId')
    if (ids.length > many || changes.some(({ kind }) => kind === 'CONTACT_ERASED'))
      void client.resetQueries({ queryKey: ['conversations'] })
    else for (const id of ids) void show(id, myId)
    if (changes.some(({ kind }) => kind === 'WORKSPACE_CHANGED'))
      void client.invalidateQueries({ queryKey: ['session'] })
    void client.invalidateQueries({ queryKey: ['counts'] })
    void client.invalidateQueries({ queryKey: ['workspace'] })
    const ofMessages = changes.filter(({ messageId }) => messageId !== null)
    for (const id of idsIn(ofMessages, 'conversationId')) {
      const here = ofMessages.filter(({ conversationId }) => conversationId === id)
      void messagesChanged(id, idsIn(here, 'messageId'))
    }
    for (const id of idsIn(changes, 'contactId')) void client.invalidateQueries({ queryKey: ['contact', id] })
    void client.invalidateQueries({ queryKey: ['customers'] })
    void client.invalidateQueries({ queryKey: ['search'] })
  }

  return {
    changed: (change: Change): void => {
      waiting.push(change)
      timer ??= setTimeout(flush, gathered)
    },
    close: (): void => clearTimeout(timer),
  }
}

const idsIn = (changes: Change[], name: 'conversationId' | 'contactId' | 'messageId'): string[] => [
  ...new Set(changes.map((change) => change[name]).filter((id) => id !== null)),
]

const show = async (id: string, myId: string): Promise<void> => {
  try {
    const conversation = await loadConversation(id)
    if (!isChanging(id)) notice(conversation)
    place(conversation, myId)
  } catch (error) {
    // joined to another one, or gone with its contact
    if (error instanceof Failure && error.status === 404)
      void client.invalidateQueries({ queryKey: ['conversation', id] })
    void client.invalidateQueries({ queryKey: ['conversations'] })
  }
}
