import { writeFile } from 'node:fs/promises'
import { Misuse, type Command, type Given } from '../command.ts'
import { readConfig, Refusal } from '../config.ts'
import { emailKey, isEmail } from '../email-address.ts'
import { createMailParser } from '../mime/parser.ts'
import { showProgress } from '../progress.ts'
import { fields, type Field } from './columns.ts'
import { giveWay } from './give-way.ts'
import { includable, type Includable } from './left-out.ts'
import { kindOf } from './mails.ts'
import { Report } from './report.ts'
import { tellServers } from './tell.ts'

const shownProblems = 20

export const importCommand: Command = {
  name: 'import',
  words: ['FILE|FOLDER'],
  summary: 'Bring in mail (mbox, .eml and .msg files, maildir) or contacts (CSV).',
  help: [
    'Imported conversations are closed and read. What is there already is not stored again, so a run that was',
    'stopped can simply be repeated. The server may go on running beside it.',
  ].join('\n'),
  options: {
    workspace: { value: 'ID', help: 'Where it goes (wrk_…).', isRequired: true },
    own: {
      value: 'ADDRESS',
      help: "One of your team's addresses: mail from it went out, to a customer.",
      isMany: true,
    },
    open: { help: 'Leave imported conversations open.' },
    include: {
      value: 'KIND',
      help: `Mails that are otherwise left out; ${includable.join(', ')}.`,
      isMany: true,
    },
    update: { help: 'CSV: fill in what contacts that are there already have empty.' },
    map: { value: 'COLUMN=FIELD', help: `CSV: a column by another name; ${fields.join(', ')}.`, isMany: true },
    report: { value: 'FILE', help: 'Write the whole report, with every failure, as JSON.' },
    'dry-run': { help: 'Read everything, store nothing, say what would happen.' },
  },
  run: async (given) => {
    const path = given.words[0]!
    const kind = await kindOf(path)
    const own = ownOf(given)
    const map = mapOf(given)
    const include = includeOf(given)
    const update = given.has('update')
    const reportFile = given.text('report')
    // a report that cannot be written is noticed before hours of work, not after
    if (reportFile !== undefined) await writeReport(reportFile, '')
    giveWay()
    const parser = createMailParser()
    if (kind !== 'csv') parser.start()
    // loaded while that starts
    const { withDatabase, workspaceOf } = await import('../with-database.ts')
    const { importFile } = await import('./import-file.ts')
    return withDatabase(given, async (db) => {
      const { id: workspaceId } = await workspaceOf(db, given)
      const dryRun = given.has('dry-run')
      const progress = showProgress()
      const begin = performance.now()
      const servers = dryRun ? undefined : tellServers(db, workspaceId)
      const report = new Report((report) => {
        servers?.tell(report)
        progress.show(() => {
          const { read, stored, duplicates, failed } = report
          const perSecond = Math.round((read / (performance.now() - begin)) * 1000)
          const what = kind === 'csv' ? 'rows' : 'mails'
          return `${read} ${what} read, ${stored} stored, ${duplicates} already there, ${failed} failed (${perSecond} a second)`
        })
      })
      const status = given.has('open') ? ('OPEN' as const) : ('CLOSED' as const)
      const wanted = { own, status, map, include, update, dryRun, mailBytes: readConfig(process.env).mailBytes }
      const unused = await importFile({ db, parser, workspaceId, path, kind, ...wanted, report })
      progress.end()
      await servers?.end()
      const json = { ...report.toJSON(), ...(kind === 'csv' ? { unusedColumns: unused } : {}), dryRun }
      if (reportFile !== undefined)
        await writeReport(reportFile, `${JSON.stringify({ ...json, alreadyThere: report.alreadyThere }, null, 2)}\n`)
      return { json, text: summaryOf(report, { dryRun, unused }) }
    })
  },
}

const ownOf = (given: Given): Set<string> => {
  const wrong = given.texts('own').find((address) => !isEmail(address))
  if (wrong !== undefined) throw new Misuse(`--own ${wrong}: that is not an email address.`)
  return new Set(given.texts('own').map(emailKey))
}

const includeOf = (given: Given): Set<Includable> =>
  new Set(
    given.texts('include').map((text) => {
      const known = includable.find((name) => name === text)
      if (!known) throw new Misuse(`--include ${text}: it must be one of ${includable.join(', ')}.`)
      return known
    }),
  )

const mapOf = (given: Given): Map<string, Field> =>
  new Map(
    given.texts('map').map((text) => {
      const at = text.lastIndexOf('=')
      const field = fields.find((name) => name === text.slice(at + 1))
      if (at < 1 || !field)
        throw new Misuse(`--map ${text}: it must be COLUMN=FIELD, the field one of ${fields.join(', ')}.`)
      return [text.slice(0, at).trim(), field]
    }),
  )

const writeReport = (path: string, text: string): Promise<void> =>
  writeFile(path, text).catch((error: Error) => {
    throw new Refusal(`The report cannot be written: ${error.message}.`)
  })

const summaryOf = (report: Report, { dryRun, unused }: { dryRun: boolean; unused: string[] }): string => {
  const { read, stored, duplicates, failed, leftOut, updated, contacts, conversations, failures, notices } = report
  const reasons = Object.entries(leftOut).filter(([, count]) => count > 0)
  const shown = failures.slice(0, shownProblems)
  return [
    ...(dryRun ? ['Nothing was stored: this was a dry run.'] : []),
    `${read} read, ${stored} ${dryRun ? 'would be stored' : 'stored'}, ${duplicates} already there, ${failed} failed.`,
    ...(reasons.length > 0 ? [`Left out: ${reasons.map(([reason, count]) => `${count} ${reason}`).join(', ')}.`] : []),
    ...(updated > 0 ? [`${updated} contacts that were there already got what they lacked.`] : []),
    ...(dryRun ? [] : [`${contacts} new contacts, ${conversations} new conversations.`]),
    ...(unused.length > 0
      ? [`Columns that were not used: ${unused.join(', ')}. Use them with --map "COLUMN=FIELD".`]
      : []),
    ...notices.slice(0, shownProblems).map(({ place, reason }) => `  ${place}: ${reason}`),
    ...(notices.length > shownProblems ? [`  and ${notices.length - shownProblems} more of these.`] : []),
    ...shown.map(({ place, reason }) => `  failed: ${place}: ${reason}`),
    ...(failures.length > shown.length
      ? [`  and ${failures.length - shown.length} more; --report FILE lists them all.`]
      : []),
  ].join('\n')
}
