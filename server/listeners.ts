import type { Db } from './db/db.ts'
import { forgetOldInvitations } from './agents/invitations.ts'
import { forgetEndedTokens } from './chat/known.ts'
import { warnOfClock } from './clock.ts'
import { createSend } from './email/deliver.ts'
import { resetSender } from './email/reset.ts'
import { mailSender } from './email/send.ts'
import { forgetOldErasures } from './erasure/erasures.ts'
import { keepScrubbing } from './erasure/scrub.ts'
import { forgetOldEvents } from './events/forget.ts'
import { adoptEvents } from './events/queries.ts'
import { forgetPauses, wake } from './jobs/queries.ts'
import { failLostImports, forgetOldImports } from './imports/queries.ts'
import { runImports } from './imports/run.ts'
import { doJobs } from './jobs/work.ts'
import type { Log } from './http/log.ts'
import { reachOf } from './http/reach.ts'
import { keepReadingAddresses } from './mail/backfill.ts'
import { forgetOldStrays, tidyStrays } from './mail/strays.ts'
import { sendMail } from './messages/queries.ts'
import { forgetOldFiles } from './messages/uploaded-files.ts'
import type { Metrics } from './metrics/metrics.ts'
import { keepRebuilding } from './rebuild/rebuild.ts'
import { conversationReindexer, reindexConversations } from './search/people.ts'
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
  /** Channel addresses and domains for which bounce addresses do not work. */
  noBounceAddress?: readonly string[]
  dataDir: string
  databaseUrl: string
  /** No mail leaves. */
  isDemo?: boolean
  metrics?: Metrics | undefined
}

/** Milliseconds. */
const tidying = 600_000
const chores = [
  forgetOldEvents,
  forgetOldSessions,
  forgetOldInvitations,
  failLostImports,
  forgetOldImports,
  forgetOldErasures,
  forgetOldStrays,
  forgetPauses,
  forgetEndedTokens,
  (db: Db) => forgetOldFiles(db),
]

/** What a server does besides answering requests: who runs which job, and what is tidied up. */
export const startWork = async ({
  db,
  log,
  smtpUrl,
  publicUrl,
  smtpNetworks,
  noBounceAddress = [],
  dataDir,
  databaseUrl,
  isDemo = false,
  metrics,
}: Parts): Promise<{ close(): Promise<void> }> => {
  const watchClock = (one: Db) => warnOfClock(one, log)
  await watchClock(db)
  await adoptEvents(db)
  // what waited may have been set up with this start
  await wake(db)
  const send = createSend(reachOf(smtpNetworks))
  const workers = {
    [sendMail]: mailSender({ db, send, smtpUrl, noBounceAddress, isDemo }),
    [reindexConversations]: conversationReindexer(db),
    [mailReset]: resetSender({ db, send, smtpUrl, publicUrl }),
  }
  const onFailure = (kind: string, reason: string, isFinal: boolean) => {
    if (kind === sendMail || kind === mailReset) metrics?.mailFailed(reason, isFinal)
  }
  const jobs = doJobs({ db, log, workers, onFailure })
  const scrubbing = keepScrubbing({ db, log })
  const rebuilding = keepRebuilding({ db, log })
  const readingAddresses = keepReadingAddresses({ db, log })
  const imports = runImports({ db, log, dataDir, databaseUrl })
  const tidyUp = async () => {
    // one that fails keeps none of the others from running
    for (const chore of [...chores, watchClock])
      await chore(db).catch((error: unknown) => log('error', { chore: chore.name, error: String(error) }))
  }
  void tidyStrays(db).catch((error: unknown) => log('error', { chore: 'tidyStrays', error: String(error) }))
  const tidy = setInterval(() => void tidyUp(), tidying)
  return {
    close: async () => {
      clearInterval(tidy)
      const background = [jobs, imports, scrubbing, rebuilding, readingAddresses]
      await Promise.all(background.map((each) => each.close()))
    },
  }
}
