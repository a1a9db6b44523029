import { type Expected, Failure, Inbox, type Made, must, shownContact } from './inbox.ts'
import { listConversations, listCustomers, listMessages, noMore, search } from './reads.ts'
import { change, changeContact, createContact, eraseContact, start, write } from './writes.ts'

// The inbox as docs/api.md describes it, in memory and without haste: lists are filtered and sorted anew for each answer.
// What text means (addresses, terms, previews) is the product's own; what is stored, counted, found and in which order is not.

interface Request {
  method: string
  /** Below the inbox. */
  path: string
  body?: any
}

const conversationStatuses = new Set(['OPEN', 'CLOSED', 'ARCHIVED'])

export class Model {
  readonly inbox: Inbox

  constructor(inbox: Inbox) {
    this.inbox = inbox
  }

  /** What must be answered. `made` and `cursor` are what only the server can choose. */
  answer(request: Request, made: Made, cursor?: string): Expected {
    try {
      return this.#route(request, made, cursor)
    } catch (error) {
      if (error instanceof Failure) return error.expected
      throw error
    }
  }

  #route({ method, path, body }: Request, made: Made, cursor: string | undefined): Expected {
    const url = new URL(path, 'http://model')
    const [, first = '', id = '', part = ''] = url.pathname.split('/')
    const query = Object.fromEntries(url.searchParams)
    switch (`${method} ${first}${id && '/id'}${part && `/${part}`}`) {
      case 'get customers':
        return listCustomers(this.inbox, query, cursor)
      case 'post contacts':
        return createContact(this.inbox, body, made)
      case 'get contacts/id':
        return { status: 200, body: { contact: shownContact(this.inbox, this.inbox.contact(id)) } }
      case 'patch contacts/id':
        return changeContact(this.inbox, id, body)
      case 'delete contacts/id':
        return eraseContact(this.inbox, id)
      case 'get conversations':
        return listConversations(this.inbox, query, cursor)
      case 'post conversations':
        return start(this.inbox, body, made)
      case 'get conversations/id/messages':
        return listMessages(this.inbox, id, { query, cursor })
      case 'post conversations/id/messages':
        return write(this.inbox, id, { body, made })
      case 'put conversations/id/status':
        must(conversationStatuses.has(body.status))
        return change(this.inbox, id, (conversation) => (conversation.status = body.status))
      case 'put conversations/id/read':
        return change(this.inbox, id, () => {
          for (const message of this.inbox.messages) if (message.conversationId === id) message.isUnread = false
        })
      case 'put conversations/id/assignment':
        return change(this.inbox, id, (conversation) => {
          const isThere = body.agentId === null || this.inbox.agents.some((agent) => agent.id === body.agentId)
          if (!isThere) throw new Failure(404, 'agent_not_found')
          conversation.assignedToId = body.agentId
        })
      case 'get search':
        return search(this.inbox, query, cursor)
      case 'get agents':
        return { status: 200, body: { agents: { items: this.inbox.agents, ...noMore } } }
      default:
        throw new Error(`the model has no ${method} ${path}`)
    }
  }
}
