import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Ask } from '../process.ts'
import { contactNote, type Ledger, messageNote } from './ledger.ts'

interface Options {
  /** The test with which it ends at the latest. */
  t?: TestContext
  ask: Ask
  ledger: Ledger
  clients: number
  /** Makes this load's addresses and texts its own. */
  name: string
  /** Ends by itself after so many requests; otherwise it is stopped. */
  requests?: number
  /** Whether contacts are erased, too. */
  erases?: boolean
}

/** Clients that create, find, write and read, one request after another each, and note what they are told. */
export const startLoad = ({ t, ask, ledger, clients, name, requests = Infinity, erases = false }: Options) => {
  const statuses = new Map<number, number>()
  const took = { reads: [] as number[], writes: [] as number[] }
  const conversations: string[] = []
  const state = { next: 0, isStopped: false }
  t?.after(() => void (state.isStopped = true))

  const send = async (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) => {
    const answer = await ask(method, path, body)
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
    if (answer.status < 300) took[method === 'GET' ? 'reads' : 'writes'].push(answer.took)
    else await sleep(20)
    return answer
  }

  const create = async (n: number) => {
    const { status, body } = await send('POST', '/contacts', { email: `${name}${n}@example.com`, name: `Person ${n}` })
    if (status < 300) ledger.note(contactNote(body.contact))
  }

  const start = async (n: number, text: string) => {
    // of their own: a contact whom `create` made first has the name that it gave
    const email = `${name}writer${n}@example.com`
    const { status, body } = await send('POST', '/conversations', {
      email,
      name: text,
      subject: text,
      contentText: text,
    })
    if (status !== 201) return undefined
    ledger.note(contactNote({ id: body.contact.id, email, name: text }))
    ledger.note(messageNote(body.conversation.id, { id: body.message.id, contentText: text }))
    return body as { conversation: { id: string }; contact: { id: string }; message: { id: string } }
  }

  const write = async (n: number) => {
    const conversationId = conversations[n % conversations.length]!
    const direction = n % 2 === 0 ? 'INBOUND' : 'OUTBOUND'
    const contentText = `Message ${n} of ${name} about an invoice`
    const { status, body } = await send('POST', `/conversations/${conversationId}/messages`, { contentText, direction })
    if (status === 201) ledger.note(messageNote(conversationId, body.message))
  }

  /** What a list shows was told to somebody, too. */
  const read = async (n: number) => {
    if (n % 2 === 0) {
      const { status, body } = await send('GET', '/customers?limit=20')
      if (status === 200) for (const { contact } of body.customers.items) ledger.note(contactNote(contact))
    } else {
      const conversationId = conversations[n % conversations.length]!
      const { status, body } = await send('GET', `/conversations/${conversationId}/messages?limit=20`)
      if (status === 200)
        for (const message of body.thread.messages.items) ledger.note(messageNote(conversationId, message))
    }
  }

  const erase = async (n: number) => {
    const made = await start(n, `Gone ${n} of ${name}`)
    if (!made) return
    // more than one step takes
    const contentText = Array.from({ length: 60 }, (_, i) => `gone${n}of${name}${i}`).join(' ')
    await send('POST', `/conversations/${made.conversation.id}/messages`, { contentText, direction: 'INBOUND' })
    const ids = [made.contact.id, made.message.id]
    ledger.note({ kind: 'erasing', ids })
    const { status } = await send('DELETE', `/contacts/${made.contact.id}`)
    if (status === 204) ledger.note({ kind: 'erased', ids })
  }

  const one = async (n: number) => {
    if (erases && n % 61 === 60) await erase(n)
    else if (n % 10 === 0 || conversations.length === 0) {
      const made = await start(n, `Conversation ${n} of ${name}`)
      if (made) conversations.push(made.conversation.id)
    } else if (n % 10 < 4) await write(n)
    else if (n % 10 === 4) await create(Math.max(6, n - 28))
    else if (n % 10 === 5) await read(Math.floor(n / 10))
    else await create(n)
  }

  const client = async () => {
    while (!state.isStopped && state.next < requests)
      // a connection that breaks is what these tests are about: whatever was not answered is not noted
      await one((state.next += 1)).catch(() => sleep(5))
  }

  const done = Promise.all(Array.from({ length: clients }, client))
  return {
    statuses,
    took,
    done,
    stop: async () => {
      state.isStopped = true
      await done
    },
  }
}

/** Of times in milliseconds, the one that `part` (0 to 1) of them do not exceed, rounded to a tenth. */
export const quantile = (times: number[], part: number): number => {
  const sorted = times.toSorted((a, b) => a - b)
  return Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0) * 10) / 10
}
