import multipart from '@fastify/multipart'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { limits } from '../limits.ts'
import type { Db } from '../db/db.ts'
import { fail } from '../errors.ts'
import { failureOf, sendError } from '../http/failing.ts'
import { assertSpace, type FreeSpace } from '../http/free-space.ts'
import type { Log } from '../http/log.ts'
import type { Rates } from '../http/rates.ts'
import type { App } from '../http/schema.ts'
import { release, type Room } from '../http/uploads.ts'
import { problemsOf, submissionOf, type Problem } from './check.ts'
import { countPosts } from './counts.ts'
import { findForm, isAllowed, originOf, type Form } from './form.ts'
import { formPage, policyFor, refusalPage, thanksPage } from './page.ts'
import { fromPairs, readPost, type Post } from './read.ts'
import { form as body, params, receipt, returned } from './schema.ts'
import { keepPost } from './store.ts'
import { ageOf, newToken } from './token.ts'
import { english, sentenceOf, wordsFor } from './words.ts'

declare module 'fastify' {
  interface FastifyRequest {
    form: Form
  }
}

const tags = ['Forms']
const security: [] = []
const html = 'text/html; charset=utf-8'

/** The only routes without a key that write: whoever has the link may. Pages for browsers, JSON for programs. */
interface Shared {
  db: Db
  log: Log
  rates: Rates
  space: FreeSpace | undefined
}

export const formRoutes = async (app: App, { db, log, rates, space }: Shared): Promise<void> => {
  const room: Room = { taken: 0 }
  const count = countPosts(rates)
  await app.register(multipart)
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer' },
    async (_request: unknown, bytes: Buffer) => fromPairs(bytes),
  )
  app.decorateRequest('form', null as never)
  app.setErrorHandler((error, request, reply) =>
    wantsPage(request) ? sendRefusal(log, error, request, reply) : sendError(log, error, request, reply),
  )
  app.addHook('onRequest', async (request) => {
    request.form = await findForm(db, (request.params as { channelId: string }).channelId)
  })

  app.get(
    '/forms/:channelId',
    {
      schema: {
        operationId: 'getForm',
        summary: 'The form as a page, without JavaScript',
        description: 'For a link or a frame. In the language that the browser asks for.',
        errors: ['channel_not_found'],
        tags,
        security,
        params,
        response: { 200: page('The page.') },
      },
    },
    async (request, reply) => sendForm(request, reply, { values: new Map(), problems: [], hadFiles: false }),
  )

  app.get(
    '/forms/:channelId/thanks',
    {
      schema: {
        operationId: 'getThanks',
        summary: 'What a browser sees after a post, where the channel has no `returnTo`',
        description: 'In the language that the browser asks for.',
        errors: ['channel_not_found'],
        tags,
        security,
        params,
        response: { 200: page('The page.') },
      },
    },
    async ({ headers, form }, reply) =>
      sendPage(reply, thanksPage(wordsFor(headers['accept-language']), { formUrl: `../${form.channel.id}` })),
  )

  app.options(
    '/forms/:channelId',
    { schema: { hide: true, params }, onRequest: checkOrigin },
    async (_request, reply) =>
      reply
        .code(204)
        .headers({
          'access-control-allow-methods': 'POST',
          'access-control-allow-headers': 'Content-Type',
          'access-control-max-age': '600',
        })
        .send(),
  )

  app.post(
    '/forms/:channelId',
    {
      onRequest: [checkOrigin, async () => assertSpace(space)],
      config: { takes: 'form' },
      // every way of encoding is held to the same rules, by check.ts
      validatorCompiler: () => () => true,
      schema: {
        operationId: 'postForm',
        summary: 'Write to the team: a contact, a conversation and a message',
        errors: [
          'channel_not_found',
          'origin_not_allowed',
          'invalid_email',
          'too_many_posts',
          'body_too_large',
          'uploads_busy',
          'disk_nearly_full',
        ],
        description: 'A browser (`Accept: text/html`) is sent on with 303, or shown its form again with what is wrong.',
        tags,
        security,
        params,
        body,
        response: { 200: receipt, 201: receipt, 303: returned },
      },
    },
    async (request, reply) => {
      const { form } = request
      const wait = count({ address: request.ip, form: form.channel.id })
      const post = await readPost(request, room)
      try {
        const { token, problems } = judge(form, post)
        if (wait || problems.length > 0) return answerProblems(request, reply, { post, problems, wait })
        const { id, isNew } = await keepPost(db, { channel: form.channel, submission: submissionOf(post, form), token })
        if (wantsPage(request)) return await reply.redirect(form.returnTo ?? `${form.channel.id}/thanks`, 303)
        return await reply.code(isNew ? 201 : 200).send({ message: { id } })
      } finally {
        release(post, room)
      }
    },
  )
}

const page = (description: string) => ({ description, content: { 'text/html': { schema: Type.String() } } })

/** A navigation of a browser says so; fetch and curl take anything. */
const wantsPage = ({ headers }: FastifyRequest): boolean =>
  (headers.accept ?? '').includes('text/html') && !(headers['content-type'] ?? '').startsWith('application/json')

/** Only the pages that the channel lists, and our own. Answers a script of theirs so that it may read the answer. */
const checkOrigin = async ({ headers, form }: FastifyRequest, reply: FastifyReply): Promise<void> => {
  void reply.header('vary', 'Origin')
  if (!isAllowed(form, headers))
    fail('origin_not_allowed', { origin: originOf(headers) ?? 'a request that names no page' })
  if (headers.origin !== undefined) void reply.header('access-control-allow-origin', headers.origin)
}

const judge = (form: Form, post: Post): { token: string | undefined; problems: Problem[] } => {
  const given = post.fields.get('token') ?? ''
  const age = ageOf(form.channel, given)
  const problems = problemsOf(post, form.fields)
  if (age !== undefined && age < limits.formLeast && problems.length === 0)
    problems.push({ field: 'homepage', rule: 'tooFast' })
  return { token: age === undefined ? undefined : given, problems }
}

interface Answer {
  post: Post
  problems: Problem[]
  /** Minutes, for who has posted too often. */
  wait: number | undefined
}

/** A browser gets its form again with all that was typed; a program the first problem in a sentence. */
const answerProblems = (request: FastifyRequest, reply: FastifyReply, { post, problems, wait }: Answer) => {
  const [first] = problems
  if (wait) void reply.header('retry-after', String(wait * 60))
  if (!wantsPage(request)) {
    if (wait) fail('too_many_posts', { minutes: wait })
    if (first!.rule === 'email') fail('invalid_email')
    if (first!.rule === 'tooLarge') fail('body_too_large', { limit: limits.uploadBytes })
    return fail('invalid_request', { sentence: sentenceOf(english, first!, first!.field) })
  }
  void reply.code(wait ? 429 : first!.rule === 'tooLarge' ? 413 : 400)
  const { tooOften } = wordsFor(request.headers['accept-language'])
  return sendForm(request, reply, {
    values: post.fields,
    problems,
    refusal: wait === undefined ? undefined : tooOften.replace('{minutes}', String(wait)),
    hadFiles: post.files.length > 0 || post.isTooLarge,
  })
}

interface Again {
  values: Post['fields']
  problems: Problem[]
  refusal?: string | undefined
  hadFiles: boolean
}

const sendForm = ({ headers, form }: FastifyRequest, reply: FastifyReply, again: Again) => {
  const given = again.values.get('token') ?? ''
  // the same page sent again is the same message: it keeps its token
  const token = ageOf(form.channel, given) === undefined ? newToken(form.channel) : given
  const shown = { title: form.name, fields: form.fields, token, ...again }
  return sendPage(reply, formPage(wordsFor(headers['accept-language']), shown), form.returnTo)
}

const sendRefusal = (log: Log, thrown: unknown, request: FastifyRequest, reply: FastifyReply) => {
  const { message } = failureOf(log, thrown, request, reply)
  const words = wordsFor(request.headers['accept-language'])
  return sendPage(reply, refusalPage(words, { sentence: message, isPost: request.method === 'POST' }))
}

const sendPage = (reply: FastifyReply, text: string, returnTo: string | null = null) =>
  reply
    .headers({
      'content-type': html,
      'content-security-policy': policyFor(returnTo),
      // not no-store: going back in a browser would then show an empty form
      'cache-control': 'private, no-cache',
      vary: 'Accept-Language, Origin',
      // with no-referrer a browser would not say that a post comes from our own page
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    })
    .serializer(String)
    .send(text)
