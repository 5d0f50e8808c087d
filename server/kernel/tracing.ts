import type { Span } from '@opentelemetry/api'
import type { Random } from '#kernel/random'
import type { Secret } from '#kernel/values/bytes'

/** Where traces go, and how many. */
export interface TracingSettings {
  /** The collector's address, without `/v1/traces`: `http://collector:4318`. */
  readonly endpoint: string
  /** Headers for it, `name=value,name=value`: often a key. */
  readonly headers: Secret | undefined
  /** Of the requests that bring no trace of their own, the part that is traced: 0 to 1. */
  readonly sample: number
}

/** How a traced request ended. Nothing in it comes from a member of the request. */
export interface Traced {
  /** `secretsmanager`, `GetSecretValue`; undefined when the request named no operation that exists. */
  readonly service: string | undefined
  readonly operation: string | undefined
  readonly requestId: string
  readonly region: string | undefined
  /** The caller's ARN, once it is known. */
  readonly caller: string | undefined
  /** `ok` or the error's code. */
  readonly code: string
  readonly status: number
}

/** The trace of one request. */
export interface Trace {
  /** By which log lines are found from the trace, and back: 32 hex digits. */
  readonly id: string
  /** What was done until now is over, and this begins: a span below the request's own. */
  step(name: string): void
  end(outcome: Traced): void
}

/** Something that the server did by itself: a step of a rotation, a delivery. */
export interface Work {
  readonly name: string
  readonly attributes: Readonly<Record<string, string | number | boolean>>
  /** Milliseconds since the epoch. */
  readonly beganAt: number
  readonly endedAt: number
  readonly failure?: string | undefined
}

/** Makes traces and sends them, in batches, off the way of requests. What a collector does not take in time is dropped. */
export interface Tracing {
  /** Undefined for a request that is not traced. `traceparent`: the header of the request that says which trace it is part of. */
  begin(traceparent: string | undefined, clientAddress: string): Trace | undefined
  /** A span of its own. */
  did(work: Work): void
  /** Sends what waits, for at most some seconds. */
  close(): Promise<void>
}

/** Spans that wait for the collector, and how many go at once. */
const MOST_WAITING = 2048
const AT_ONCE = 256
const EVERY_MS = 2000
const LONGEST_MS = 5000
/** A collector that is gone fails with every batch; one line a minute says so. */
const TOLD_EVERY_MS = 60_000

/** `00-<trace>-<span>-<flags>`. Source: W3C Trace Context 3.2. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/

/** What `tracing` is opened with besides its settings. */
export interface TracingParts {
  readonly version: string
  readonly random: Random
  /** Told now and then when the collector takes nothing. */
  readonly onProblem: (text: string) => void
}

/** Opens tracing. The library is loaded only where somebody wants traces. Throws when the headers can't be read. */
export async function openTracing(settings: TracingSettings, parts: TracingParts): Promise<Tracing> {
  const [api, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ])
  const { random } = parts
  let toldAt = Number.NEGATIVE_INFINITY
  const told = (text: string) => {
    const now = performance.now()
    if (now - toldAt < TOLD_EVERY_MS) return
    toldAt = now
    parts.onProblem(text)
  }
  // The library tells of its troubles only here; what it says names the collector and its answer, never a header.
  api.diag.setLogger(
    { error: told, warn: told, info: () => undefined, debug: () => undefined, verbose: () => undefined },
    api.DiagLogLevel.WARN,
  )
  const exporter = new OTLPTraceExporter({
    url: `${settings.endpoint.replace(/\/+$/, '')}/v1/traces`,
    headers: headersOf(settings.headers),
    timeoutMillis: LONGEST_MS,
  })
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'strongroom',
      'service.version': parts.version,
      'service.instance.id': random.uuid(),
      'process.pid': process.pid,
    }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(settings.sample) }),
    // chance has one door
    idGenerator: {
      generateTraceId: () => random.bytes(16).toString('hex'),
      generateSpanId: () => random.bytes(8).toString('hex'),
    },
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter,
        maxQueueSize: MOST_WAITING,
        maxExportBatchSize: AT_ONCE,
        scheduledDelayMillis: EVERY_MS,
        exportTimeoutMillis: LONGEST_MS,
      }),
    ],
  })
  const tracer = provider.getTracer('strongroom', parts.version)
  const { SpanKind, SpanStatusCode, ROOT_CONTEXT, trace } = api

  const parentOf = (traceparent: string | undefined) => {
    const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? []
    if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT
    const traceFlags = Number.parseInt(flags, 16) & 1
    return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true })
  }

  return {
    begin(traceparent, clientAddress) {
      const span = tracer.startSpan('request', { kind: SpanKind.SERVER }, parentOf(traceparent))
      if (!span.isRecording()) return undefined
      span.setAttribute('client.address', clientAddress)
      const inside = trace.setSpan(ROOT_CONTEXT, span)
      let current: Span | undefined
      return {
        id: span.spanContext().traceId,
        step(name) {
          current?.end()
          current = tracer.startSpan(name, {}, inside)
        },
        end({ service, operation, requestId, region, caller, code, status }) {
          current?.end()
          // Source of the names: OpenTelemetry's conventions for RPC, HTTP and AWS.
          span.updateName(operation === undefined ? 'unknown' : `${service}/${operation}`)
          span.setAttributes({
            'rpc.system': 'aws-api',
            'http.response.status_code': status,
            'aws.request_id': requestId,
            ...(service === undefined ? {} : { 'rpc.service': service }),
            ...(operation === undefined ? {} : { 'rpc.method': operation }),
            ...(region === undefined ? {} : { 'cloud.region': region }),
            ...(caller === undefined ? {} : { 'enduser.id': caller }),
            ...(code === 'ok' ? {} : { 'error.type': code }),
          })
          // A refusal is the caller's mistake, not the server's. Source: the conventions' rule for spans of servers.
          if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR, message: code })
          span.end()
        },
      }
    },
    did({ name, attributes, beganAt, endedAt, failure }) {
      // A number would be taken for a time since the start of the process when it is small.
      const span = tracer.startSpan(name, { startTime: new Date(beganAt), attributes: { ...attributes } }, ROOT_CONTEXT)
      if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure })
      span.end(new Date(endedAt))
    },
    async close() {
      const late = Promise.withResolvers<void>()
      const timer = setTimeout(late.resolve, LONGEST_MS)
      try {
        await Promise.race([provider.shutdown(), late.promise])
      } catch (error) {
        told(error instanceof Error ? error.message : String(error))
      } finally {
        clearTimeout(timer)
        api.diag.disable()
      }
    },
  }
}

/** `api-key=abc,x-team=core`; values may be percent-encoded. Source: OpenTelemetry protocol exporter, OTEL_EXPORTER_OTLP_HEADERS. */
function headersOf(text: Secret | undefined): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const pair of (text?.reveal() ?? '').split(',')) {
    if (pair.trim() === '') continue
    const at = pair.indexOf('=')
    const name = pair.slice(0, at).trim()
    if (at < 1 || !/^[\w!#$%&'*+.^`|~-]+$/.test(name))
      throw new Error('the headers for traces are not name=value pairs')
    headers[name] = decoded(pair.slice(at + 1).trim())
  }
  return headers
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
