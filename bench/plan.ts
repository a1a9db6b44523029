import { type Chance, chanceOf } from './chance.ts'

export interface Size {
  workspaces: number
  contacts: number
  messages: number
}

const minute = 60_000
const day = 1440 * minute
const span = 730 * day
const mostInAThread = 60

/** Who writes when, as columns of numbers: an element for each contact, conversation or message. Times in unix ms. */
export interface Plan {
  contacts: { workspace: Uint32Array; createdAt: Float64Array; threads: Uint32Array; lastMessage: Int32Array }
  /** `unread` is how many messages at its end nobody has read; `lastMessage` -1 where there is none. */
  conversations: {
    contact: Uint32Array
    startedAt: Float64Array
    unread: Uint32Array
    lastMessage: Int32Array
  }
  /** In the order of their time. `position` counts from 0 in each conversation. */
  messages: {
    conversation: Uint32Array
    at: Float64Array
    position: Uint32Array
    isInbound: Uint8Array
    isNote: Uint8Array
    isUnread: Uint8Array
  }
}

/** Threads of one message to sixty, a few busy customers and many quiet ones, more in the last months than in the first. */
export const planOf = ({ workspaces, contacts, messages }: Size, seed: number, until: number): Plan => {
  const chance = chanceOf(seed, -1)
  const firstContact = shares(contacts, workspaces)
  const threads = threadsOf({ firstContact, messages, until }, chance)
  const plan: Plan = {
    contacts: {
      workspace: new Uint32Array(contacts),
      createdAt: new Float64Array(contacts).map(() => until - span * chance.next()),
      threads: new Uint32Array(contacts),
      lastMessage: new Int32Array(contacts).fill(-1),
    },
    conversations: {
      contact: Uint32Array.from(threads, ({ contact }) => contact),
      startedAt: Float64Array.from(threads, ({ times }) => times[0]!),
      unread: new Uint32Array(threads.length),
      lastMessage: new Int32Array(threads.length).fill(-1),
    },
    messages: inOrder(threads, messages),
  }
  for (let workspace = 0; workspace < workspaces; workspace++)
    plan.contacts.workspace.fill(workspace, firstContact[workspace], firstContact[workspace + 1])
  summarise(plan, chance, until)
  return plan
}

/** The first contact of each workspace, and the end: the largest has about ten times as many as the smallest of a hundred. */
const shares = (contacts: number, workspaces: number): number[] => {
  const weights = Array.from({ length: workspaces }, (_, i) => 1 / (i + 10))
  const sum = weights.reduce((before, weight) => before + weight, 0)
  let reached = 0
  return [0, ...weights.map((weight) => Math.round(((reached += weight) / sum) * contacts))]
}

interface Thread {
  contact: number
  times: number[]
}

interface Threads {
  firstContact: number[]
  messages: number
  until: number
}

const threadsOf = ({ firstContact, messages, until }: Threads, chance: Chance): Thread[] => {
  const threads: Thread[] = []
  for (let left = messages; left > 0;) {
    const workspace = workspaceOf(firstContact, chance)
    const [first, end] = [firstContact[workspace]!, firstContact[workspace + 1]!]
    const contact = first + Math.floor((end - first) * chance.next() ** 2)
    const times = [until - Math.ceil(span * (1 - chance.next() ** 0.6))]
    const length = Math.min(left, mostInAThread, 1 + Math.floor(3.3 * chance.exponential()))
    while (times.length < length) {
      const next = times.at(-1)! + Math.ceil(minute + chance.exponential() ** 2 * 300 * minute)
      if (next >= until) break
      times.push(next)
    }
    threads.push({ contact, times })
    left -= times.length
  }
  return threads.sort((a, b) => a.times[0]! - b.times[0]!)
}

/** One that has contacts, as often as it has many. */
const workspaceOf = (firstContact: number[], chance: Chance): number => {
  const contact = chance.below(firstContact.at(-1)!)
  return firstContact.findLastIndex((first) => first <= contact)
}

const inOrder = (threads: Thread[], messages: number): Plan['messages'] => {
  const conversation = new Uint32Array(messages)
  const at = new Float64Array(messages)
  let n = 0
  for (const [i, { times }] of threads.entries())
    for (const time of times) {
      conversation[n] = i
      at[n++] = time
    }
  const order = Uint32Array.from(at.keys()).sort((a, b) => at[a]! - at[b]! || a - b)
  return {
    conversation: order.map((i) => conversation[i]!),
    at: Float64Array.from(order, (i) => at[i]!),
    position: new Uint32Array(messages),
    isInbound: new Uint8Array(messages),
    isNote: new Uint8Array(messages),
    isUnread: new Uint8Array(messages),
  }
}

/** Who says each message, and what contacts and conversations show of them. */
const summarise = ({ contacts, conversations, messages }: Plan, chance: Chance, until: number): void => {
  const said = new Uint32Array(conversations.contact.length)
  for (const [conversation, contact] of conversations.contact.entries()) {
    contacts.createdAt[contact] = Math.min(contacts.createdAt[contact]!, conversations.startedAt[conversation]!)
    contacts.threads[contact]! += 1
  }
  for (const [i, conversation] of messages.conversation.entries()) {
    messages.position[i] = said[conversation]!++
    const isFirst = messages.position[i] === 0
    messages.isInbound[i] = chance.next() < (isFirst ? 0.9 : 0.55) ? 1 : 0
    messages.isNote[i] = !isFirst && !messages.isInbound[i] && chance.next() < 0.08 ? 1 : 0
    if (messages.isNote[i]) continue
    conversations.lastMessage[conversation] = i
    contacts.lastMessage[conversations.contact[conversation]!] = i
    // what came in the last week and was not answered may still be unread
    const isNew = messages.isInbound[i] && messages.at[i]! > until - 7 * day
    conversations.unread[conversation] = isNew ? conversations.unread[conversation]! + 1 : 0
  }
  const left = conversations.unread.slice()
  for (let i = messages.at.length - 1; i >= 0; i--) {
    const conversation = messages.conversation[i]!
    if (!messages.isInbound[i] || left[conversation] === 0) continue
    messages.isUnread[i] = 1
    left[conversation]! -= 1
  }
}
