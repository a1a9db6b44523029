import { setTimeout as sleep } from 'node:timers/promises'
import { context, SpanKind, SpanStatusCode, trace, ROOT_CONTEXT, type Span } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { FastifyInstance } from 'fastify'
import { around } from '../db/around.ts'
import type { Db } from '../db/db.ts'
import { traceParentOf } from '../http/trace-context.ts'
import { version } from '../version.ts'
import { samplerOf } from './sampler.ts'

/** How long a collector that is away may hold up the end, milliseconds. */
const patience = 1000

export interface Tracing {
  /** Exports a span for each request of the app, in the trace of the caller. */
  watch(app: FastifyInstance): void
  /** The same database; what a request asks of it is a span of its own. */
  traced(db: Db): Db
  /** Resolves when what is waiting was exported. */
  close(): Promise<void>
}

/** Exports spans by OTLP over HTTP, as OpenTelemetry's environment variables say. */
export const startTracing = (env: NodeJS.ProcessEnv): Tracing => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'support-inbox', 'service.version': version }))
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: samplerOf(env),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  })
  const tracer = provider.getTracer('support-inbox', version)
  return {
    watch: (app) =>
      app.addHook('onRequest', (request, reply, done) => {
        const parent = traceParentOf(request.headers)
        const callers = parent
          ? trace.setSpanContext(ROOT_CONTEXT, { ...parent, traceFlags: parent.flags, isRemote: true })
          : ROOT_CONTEXT
        const { method, routeOptions } = request
        // never the path itself: it may have tokens in it
        const route = routeOptions.url
        const attributes = { 'http.request.method': method, ...(route === undefined ? {} : { 'http.route': route }) }
        const span = tracer.startSpan(`${method} ${route ?? ''}`.trim(), { kind: SpanKind.SERVER, attributes }, callers)
        request.traceId = span.spanContext().traceId
        // also of a request whose client goes away
        reply.raw.once('close', () => {
          span.setAttributes({
            'http.response.status_code': reply.statusCode,
            'support_inbox.request_id': request.id,
            ...(request.caller ? { 'support_inbox.workspace_id': request.caller.workspaceId } : {}),
          })
          if (reply.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
          span.end()
        })
        context.with(trace.setSpan(callers, span), done)
      }),
    traced: (db) =>
      around(db, async (kind, work) => {
        // what the server does by itself belongs to no trace
        if (!trace.getActiveSpan()) return work()
        const span = tracer.startSpan(`database ${kind}`, {
          kind: SpanKind.CLIENT,
          attributes: { 'db.system.name': db.engine === 'sqlite' ? 'sqlite' : 'postgresql', 'db.operation.name': kind },
        })
        return ended(span, work)
      }),
    close: () => Promise.race([provider.shutdown().catch(() => {}), sleep(patience, undefined, { ref: false })]),
  }
}

const ended = async <T>(span: Span, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR })
    throw error
  } finally {
    span.end()
  }
}
