import { randomInt } from 'node:crypto'
import type { ContactStatus, Source } from '../server/contacts/schema.ts'
import type { NewContactRow } from '../server/contacts/queries.ts'
import type { ConversationStatus } from '../server/conversations/schema.ts'
import { newId } from '../server/db/id.ts'
import { emailKey } from '../server/email-address.ts'
import { messageRow, seqsPerMillisecond } from '../server/messages/append.ts'
import { previewOf } from '../server/messages/quoted.ts'
import { contactTerms, conversationTerms, peopleOf, termsOf } from '../server/search/terms.ts'
import type { Columns } from './bulk.ts'
import { type Chance, chanceOf } from './chance.ts'
import type { Plan } from './plan.ts'
import { languageOf, message, type Person, person, subject, type Team } from './text.ts'

/** A team whose workspace and agents are stored. */
export interface Staffed extends Team {
  workspaceId: string
  agentIds: string[]
}

/** A row that is ready to be stored, and what search finds it by. */
export interface Written {
  workspaceId: string
  row: Columns
  terms: string
}

type Of = 'contact' | 'conversation' | 'message'
const streams: Of[] = ['contact', 'conversation', 'message']

/** Rows as the product would have left them: the same plan and seed give the same, in whatever order they are asked for. */
export const rowsOf = (plan: Plan, teams: Staffed[], seed: number) => {
  const chanceFor = (of: Of, i: number) => chanceOf(seed, (i + 1) * streams.length + streams.indexOf(of))
  const { contacts, conversations, messages } = plan
  const contactIds = idsOf('ctc', contacts.workspace.length)
  const conversationIds = idsOf('thd', conversations.contact.length)
  const seqs = seqsOf(messages.at)
  const teamOf = (contact: number) => teams[contacts.workspace[contact]!]!
  const people: Person[] = []
  const personOf = (contact: number): Person => {
    const chance = chanceFor('contact', contact)
    const language = languageOf(chance, teamOf(contact))
    return (people[contact] ??= person(chance, { language, number: contact }))
  }

  const drafted = (i: number) => {
    const conversation = messages.conversation[i]!
    const contact = conversations.contact[conversation]!
    const { workspaceId, agentIds, agents, name: team } = teamOf(contact)
    const chance = chanceFor('message', i)
    const agent = (conversation + chance.zipf(2)) % agents.length
    const isInbound = messages.isInbound[i] === 1
    const isNote = messages.isNote[i] === 1
    const writing = { customer: personOf(contact), agent: agents[agent]!, team, isInbound, at: messages.at[i]! }
    const isQuoting = messages.position[i]! > 0 && !isNote && sourceOf(chance) === 'EMAIL'
    const contentText = message(chance, { ...writing, isQuoting })
    const row = messageRow(
      { workspaceId, conversationId: conversationIds[conversation]!, contactId: contactIds[contact]! },
      {
        direction: isNote ? 'SYSTEM' : isInbound ? 'INBOUND' : 'OUTBOUND',
        senderType: isInbound ? 'CUSTOMER' : 'AGENT',
        status: 'SENT',
        agentId: isInbound ? null : agentIds[agent]!,
        isNote,
        isUnread: messages.isUnread[i] === 1,
        contentText,
        preview: previewOf(contentText),
        date: new Date(messages.at[i]!),
      },
      seqs[i]!,
    )
    return { workspaceId, row }
  }

  /** What contacts and conversations show of their newest message. */
  const shown = (i: number, createdAt: string) => {
    if (i === -1) return { lastMessageSeq: 0, lastMessageAt: null, lastMessagePreview: null, activityAt: createdAt }
    const { seq, createdAt: at, preview } = drafted(i).row
    return { lastMessageSeq: seq, lastMessageAt: at, lastMessagePreview: preview, activityAt: at }
  }

  const contact = (i: number): Written => {
    const chance = chanceFor('contact', i)
    const { name, email, phone } = personOf(i)
    const { workspaceId } = teamOf(i)
    const status: ContactStatus = chance.next() < 0.04 ? 'ARCHIVED' : 'ACTIVE'
    const last = contacts.lastMessage[i]!
    const row: NewContactRow = {
      id: contactIds[i]!,
      email,
      emailKey: emailKey(email),
      name,
      nameIsDerived: 0,
      phone,
      avatarUrl: null,
      source: sourceOf(chance),
      createdAt: new Date(contacts.createdAt[i]!).toISOString(),
    }
    return {
      workspaceId,
      terms: contactTerms(row),
      row: {
        ...row,
        workspaceId,
        status,
        threadCount: contacts.threads[i]!,
        latestConversationId: last === -1 ? null : conversationIds[messages.conversation[last]!]!,
        ...shown(last, row.createdAt),
      },
    }
  }

  const conversation = (i: number): Written => {
    const chance = chanceFor('conversation', i)
    const contact = conversations.contact[i]!
    const { workspaceId, agentIds } = teamOf(contact)
    const createdAt = new Date(conversations.startedAt[i]!).toISOString()
    const person = personOf(contact)
    const text = subject(chance, person.language, conversations.startedAt[i]!)
    const people = peopleOf({ ...person, emailKey: emailKey(person.email) })
    const status = statusOf(chance)
    const unreadCount = conversations.unread[i]!
    return {
      workspaceId,
      terms: conversationTerms({ subject: text, people, others: '' }),
      row: {
        id: conversationIds[i]!,
        workspaceId,
        contactId: contactIds[contact]!,
        assignedToId: chance.next() < 0.6 ? agentIds[i % agentIds.length]! : null,
        status: unreadCount > 0 ? 'OPEN' : status,
        source: sourceOf(chance),
        subject: text,
        people,
        createdAt,
        unreadCount,
        ...shown(conversations.lastMessage[i]!, createdAt),
      },
    }
  }

  return {
    contact,
    conversation,
    message: (i: number): Written => {
      const { workspaceId, row } = drafted(i)
      const { attachments, mail, addresses, ...rest } = row
      const columns = {
        ...rest,
        workspaceId,
        addresses: addresses && JSON.stringify(addresses),
        attachmentCount: attachments.length,
        mailKey: mail?.key ?? null,
      }
      return { workspaceId, row: columns, terms: termsOf(row.contentText) }
    },
  }
}

const idsOf = (prefix: 'ctc' | 'thd', count: number): string[] => Array.from({ length: count }, () => newId(prefix))

/** Each a number of its own; where in its millisecond they begin is new each time, for a database that holds others. */
const seqsOf = (at: Float64Array): Float64Array => {
  const slot = randomInt(seqsPerMillisecond - 24)
  let last = 0
  return at.map((time) => (last = Math.max(last + 1, time * seqsPerMillisecond + slot)))
}

const sourceOf = (chance: Chance): Source => {
  const n = chance.next()
  return n < 0.6 ? 'EMAIL' : n < 0.8 ? 'CHAT' : n < 0.88 ? 'API' : n < 0.95 ? 'FORM' : 'IMPORT'
}

const statusOf = (chance: Chance): ConversationStatus => {
  const n = chance.next()
  return n < 0.12 ? 'OPEN' : n < 0.95 ? 'CLOSED' : 'ARCHIVED'
}
