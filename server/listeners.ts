import type { Db } from './db/db.ts'
import { mailSender } from './email/send.ts'
import { forgetOldEvents } from './events/forget.ts'
import { adoptEvents } from './events/queries.ts'
import { hurry } from './jobs/queries.ts'
import { doJobs } from './jobs/work.ts'
import type { Log } from './http/log.ts'
import { sendMail } from './messages/reply.ts'

interface Parts {
  db: Db
  log: Log
  /** Empty where there is none. */
  smtpUrl: string
}

/** Milliseconds. */
const tidying = 600_000

/** What a server does besides answering requests: who runs which job, and what is tidied up. */
export const startWork = async ({ db, log, smtpUrl }: Parts): Promise<{ close(): Promise<void> }> => {
  await adoptEvents(db)
  // what waited may have been set up with this start
  await hurry(db)
  const jobs = doJobs({ db, log, workers: { [sendMail]: mailSender({ db, smtpUrl }) } })
  const tidy = setInterval(() => void forgetOldEvents(db).catch(() => {}), tidying)
  return {
    close: async () => {
      clearInterval(tidy)
      await jobs.close()
    },
  }
}
