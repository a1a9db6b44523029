import type { Conversation } from '../../server/conversations/schema.ts'
import type { IconName } from '../ui/icon.tsx'

export const views = ['open', 'undelivered', 'mine', 'unassigned', 'closed', 'archived'] as const
export type View = (typeof views)[number]

export const isView = (text: string | undefined): text is View => views.some((view) => view === text)

interface Shown {
  title: string
  icon: IconName
  /** What is said where nothing is in it. */
  empty: [title: string, next: string]
  ask: { status: 'OPEN' | 'CLOSED' | 'ARCHIVED'; assignedTo?: 'me' | 'none'; undelivered?: 'true' }
}

export const shown: Record<View, Shown> = {
  open: {
    title: 'Open',
    icon: 'inbox',
    empty: ['All done', 'What customers write appears here by itself.'],
    ask: { status: 'OPEN' },
  },
  undelivered: {
    title: 'Not delivered',
    icon: 'warning',
    empty: ['Every reply has arrived', 'A conversation is here while its last reply is not delivered.'],
    ask: { status: 'OPEN', undelivered: 'true' },
  },
  mine: {
    title: 'Mine',
    icon: 'person',
    empty: ['Nothing waits for you', 'Take one from Unassigned: open it and press a.'],
    ask: { status: 'OPEN', assignedTo: 'me' },
  },
  unassigned: {
    title: 'Unassigned',
    icon: 'question',
    empty: ['Everything has somebody', 'New conversations begin here.'],
    ask: { status: 'OPEN', assignedTo: 'none' },
  },
  closed: {
    title: 'Closed',
    icon: 'check',
    empty: [
      'Nothing is closed yet',
      'Press e in a conversation that is done. It opens again when the customer writes.',
    ],
    ask: { status: 'CLOSED' },
  },
  archived: {
    title: 'Archived',
    icon: 'box',
    empty: ['Nothing is archived', 'Archive what nobody has to answer.'],
    ask: { status: 'ARCHIVED' },
  },
}

export const belongs = (view: View, { status, assignedToId, isUndelivered }: Conversation, myId: string): boolean => {
  const { ask } = shown[view]
  if (status !== ask.status || (ask.undelivered && !isUndelivered)) return false
  if (ask.assignedTo === 'none') return assignedToId === null
  return ask.assignedTo === undefined || assignedToId === myId
}

/** What is to be chosen from: what went wrong is there only while something is wrong. */
export const viewsFor = (undelivered = 0, current?: View): readonly View[] =>
  views.filter((view) => view !== 'undelivered' || undelivered > 0 || view === current)
