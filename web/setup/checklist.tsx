import { useMutation } from '@tanstack/react-query'
import { useEffect } from 'react'
import { Link } from 'wouter'
import type { Setup } from '../../server/workspaces/schema.ts'
import type { Channel } from '../settings/channel-kinds.ts'
import { useSettings } from '../settings/list.ts'
import { Button } from '../ui/button.tsx'
import { Icon } from '../ui/icon.tsx'
import { Problem } from '../ui/problem.tsx'
import { changeWorkspace } from './queries.ts'

interface Step {
  isDone: boolean
  title: string
  text: string
  href: string
  action: string
}

const testText = (channels: Channel[]): string => {
  const address = channels.find(({ kind }) => kind === 'EMAIL')?.email
  return address
    ? `Write to ${address} from a mailbox of your own. It appears here by itself.`
    : 'Write to yourself by your chat or form. It appears here by itself.'
}

const stepsOf = (setup: Setup, channels: Channel[]): Step[] => [
  {
    isDone: setup.hasChannel,
    title: 'Add a channel',
    text: 'The address that customers write to, a chat for your pages, or a form.',
    href: '/settings/channels',
    action: 'Channels',
  },
  {
    isDone: setup.hasMessage,
    title: 'Send a test mail',
    text: setup.hasChannel ? testText(channels) : 'As soon as there is a channel.',
    href: '/settings/channels',
    action: 'Test the channel',
  },
  {
    isDone: setup.hasColleague,
    title: 'Invite a colleague',
    text: 'Whoever has the link chooses a password and answers with you.',
    href: '/settings/agents',
    action: 'Agents',
  },
  {
    isDone: setup.hasImport,
    title: 'Import your old inbox',
    text: 'Mails and contacts that you have already. Nobody is written to.',
    href: '/settings/import',
    action: 'Import',
  },
]

/** What a new workspace needs, until it has it or somebody knows better. */
export const Checklist = ({ setup }: { setup: Setup }) => {
  const { data: channels = [] } = useSettings<Channel>('channels')
  const { mutate, error, isPending } = useMutation({ mutationFn: () => changeWorkspace({ isSetUp: true }) })
  const steps = stepsOf(setup, channels)
  const isDone = steps.every((step) => step.isDone)
  useEffect(() => {
    if (isDone) mutate()
  }, [isDone, mutate])
  const next = steps.find((step) => !step.isDone)
  return (
    <section aria-label="First steps" className="mx-auto w-full max-w-xl p-5 md:pt-[10dvh]">
      <h2 className="mb-1 text-xl font-semibold">First steps</h2>
      <p className="mb-5 text-muted">Then customers reach you, and your team answers.</p>
      <ol className="mb-4 divide-y divide-line rounded-xl border border-line">
        {steps.map((step) => (
          <li key={step.title} className="flex items-start gap-3 px-4 py-3">
            <span
              className={`mt-0.5 grid size-6 shrink-0 place-items-center rounded-full border ${
                step.isDone ? 'border-transparent bg-accent text-on-accent' : 'border-line'
              }`}
            >
              {step.isDone && <Icon name="check" />}
            </span>
            <div className="min-w-0 flex-1">
              <p className={step.isDone ? 'text-muted' : 'font-medium'}>
                {step.title}
                <span className="sr-only">{step.isDone ? ': done' : ': to do'}</span>
              </p>
              {step === next && <p className="text-sm text-muted">{step.text}</p>}
            </div>
            {!step.isDone && (
              <Link href={step.href} className="min-h-6 shrink-0 content-center text-accent hover:underline">
                {step.action}
              </Link>
            )}
          </li>
        ))}
      </ol>
      <Problem error={error}>Not dismissed. </Problem>
      <Button look="bare" className="-ms-3" isBusy={isPending} onClick={() => mutate()}>
        Do not show this again
      </Button>
    </section>
  )
}
