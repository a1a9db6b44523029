import type { Db } from './db/db.ts'
import { forgetOldInvitations } from './agents/invitations.ts'
import { forgetEndedTokens } from './chat/known.ts'
import { createSend } from './email/deliver.ts'
import { resetSender } from './email/reset.ts'
import { mailSender } from './email/send.ts'
import { forgetOldEvents } from './events/forget.ts'
import { adoptEvents } from './events/queries.ts'
import { hurry } from './jobs/queries.ts'
import { failLostImports, forgetOldImports } from './imports/queries.ts'
import { runImports } from './imports/run.ts'
import { doJobs } from './jobs/work.ts'
import type { Log } from './http/log.ts'
import { reachOf } from './http/reach.ts'
import { sendMail } from './messages/reply.ts'
import { mailReset } from './sessions/entrance.ts'
import { forgetOldSessions } from './sessions/queries.ts'

interface Parts {
  db: Db
  log: Log
  /** Empty where there is none. */
  smtpUrl: string
  publicUrl: string
  /** Private ones that channels may send through. */
  smtpNetworks: string[]
  dataDir: string
  databaseUrl: string
}

/** Milliseconds. */
const tidying = 600_000

/** What a server does besides answering requests: who runs which job, and what is tidied up. */
export const startWork = async ({
  db,
  log,
  smtpUrl,
  publicUrl,
  smtpNetworks,
  dataDir,
  databaseUrl,
}: Parts): Promise<{ close(): Promise<void> }> => {
  await adoptEvents(db)
  // what waited may have been set up with this start
  await hurry(db)
  const send = createSend(reachOf(smtpNetworks))
  const workers = {
    [sendMail]: mailSender({ db, send, smtpUrl }),
    [mailReset]: resetSender({ db, send, smtpUrl, publicUrl }),
  }
  const jobs = doJobs({ db, log, workers })
  const imports = runImports({ db, log, dataDir, databaseUrl })
  const tidyUp = async () => {
    await forgetOldEvents(db)
    await forgetOldSessions(db)
    await forgetOldInvitations(db)
    await failLostImports(db)
    await forgetOldImports(db)
    await forgetEndedTokens(db)
  }
  const tidy = setInterval(() => void tidyUp().catch(() => {}), tidying)
  return {
    close: async () => {
      clearInterval(tidy)
      await Promise.all([jobs.close(), imports.close()])
    },
  }
}
