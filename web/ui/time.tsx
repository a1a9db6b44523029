import { useSyncExternalStore } from 'react'

const minute = 60_000

const everyMinute = (listener: () => void) => {
  const timer = setInterval(listener, minute / 2)
  return () => clearInterval(timer)
}

const useMinute = (): number => useSyncExternalStore(everyMinute, () => Math.floor(Date.now() / minute))

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' })
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' })

const shortOf = (date: Date, now: Date): string => {
  const minutes = Math.round((now.getTime() - date.getTime()) / minute)
  if (minutes < 1) return 'now'
  if (minutes < 60) return `${minutes} min`
  if (date.toDateString() === now.toDateString()) return clock.format(date)
  return date.getFullYear() === now.getFullYear() ? day.format(date) : dayOfYear.format(date)
}

/** How long ago; exact on hover. */
export const Time = ({ at, isLong = false }: { at: string; isLong?: boolean }) => {
  const now = new Date(useMinute() * minute)
  const date = new Date(at)
  const isToday = date.toDateString() === now.toDateString()
  return (
    <time dateTime={at} title={exact.format(date)} className="whitespace-nowrap tabular-nums">
      {isLong && !isToday ? `${shortOf(date, now)}, ${clock.format(date)}` : shortOf(date, now)}
    </time>
  )
}

/** When something will be. */
export const Clock = ({ at }: { at: string }) => {
  const date = new Date(at)
  return (
    <time dateTime={at} title={exact.format(date)} className="whitespace-nowrap tabular-nums">
      {clock.format(date)}
    </time>
  )
}
