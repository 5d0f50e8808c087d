import cluster from 'node:cluster'
import type { Metric, Registry } from 'prom-client'
import type { FollowerState } from '#kernel/audit/follower'

/** Counts the requests of one operation. Asked for once per operation and kept: counting itself then costs a few additions. */
export interface Meter {
  begin(): void
  /** `outcome` is `ok` or the code of the error that was answered. */
  end(outcome: string, seconds: number): void
}

/** What the trail and the listener are doing at the moment of the question. */
export interface Sources {
  readonly trail?: () => {
    readonly queued: number
    readonly written: number
    readonly batches: number
    readonly untidy: number
    readonly failures: number
  }
  readonly trailHealthy?: () => boolean
  /** Rotations that should have ended well by now, and for how long the oldest one should have; of the whole store. */
  readonly overdue?: () => { readonly count: number; readonly oldestSeconds: number } | undefined
  /** The server's time, milliseconds. */
  readonly now?: () => number
  /** What follows the audit journal, and how far each is. */
  readonly followers?: () => readonly FollowerState[]
  /** When the certificate in use expires, milliseconds. */
  readonly certificateEnds?: () => number | undefined
  readonly load?: () => { readonly requests: number; readonly bodiesBytes: number; readonly connections: number }
}

/** Prometheus metrics of one process. No label carries anything of a request but the operation and the outcome. */
export interface Metrics {
  readonly contentType: string
  /** The meter of an operation; `unknown`, `unknown` for requests that name none. */
  meter(service: string, operation: string): Meter
  /** A request that was turned away before it was read, by reason. */
  refused(reason: string): void
  /** A unit of work or a probe that the store failed. */
  storeFailed(): void
  /** Something that a service did by itself: `RotationFailed`. */
  happened(event: string): void
  /** Events that are counted from 0 on: the first one of a series that nobody has seen before is no increase. */
  mayHappen(events: readonly string[]): void
  watch(sources: Sources): void
  /** Everything in Prometheus's text format. */
  metrics(): Promise<string>
  /** The same as values, as a worker process hands them to its primary. */
  values(): Promise<object[]>
}

/** Upper bounds of the duration's buckets, seconds: from a cached read to a slow disk. */
const BOUNDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5] as const

/** Prometheus's text format. Source: prometheus.io/docs/instrumenting/exposition_formats. */
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** Outcomes told apart per operation; a code is AWS's word, so there are few, but a bound costs nothing. */
const MOST_OUTCOMES = 40

type Labels = Record<string, string | number>
interface Sample {
  readonly metricName?: string
  readonly labels: Labels
  readonly value: number
}

class OperationMeter implements Meter {
  readonly labels: Labels
  readonly outcomes = new Map<string, number>([['ok', 0]])
  readonly buckets = new Float64Array(BOUNDS.length + 1)
  sum = 0
  inFlight = 0
  begun = false

  constructor(service: string, operation: string) {
    this.labels = { service, operation }
  }

  begin(): void {
    this.begun = true
    this.inFlight++
  }

  end(outcome: string, seconds: number): void {
    this.begun = true
    this.inFlight--
    const { outcomes, buckets } = this
    const known = outcomes.get(outcome)
    if (known !== undefined) outcomes.set(outcome, known + 1)
    else if (outcomes.size < MOST_OUTCOMES) outcomes.set(outcome, 1)
    else outcomes.set('other', (outcomes.get('other') ?? 0) + 1)
    let at = 0
    while (at < BOUNDS.length && seconds > (BOUNDS[at] as number)) at++
    buckets[at] = (buckets[at] as number) + 1
    this.sum += seconds
  }
}

/** Opens the metrics of this process. `version` is the program's. */
export function openMetrics(version: string): Metrics {
  const meters = new Map<string, OperationMeter>()
  const refusals = new Map<string, number>()
  const events = new Map<string, number>()
  let storeFailures = 0
  let sources: Sources = {}

  const ours: Metric[] = []
  const add = (
    name: string,
    type: 'counter' | 'gauge' | 'histogram',
    help: string,
    values: () => Sample[],
    aggregator: 'sum' | 'min' = 'sum',
  ) => {
    // What prom-client asks of a metric when it collects; ours hold their numbers themselves, which makes counting cheap.
    const metric = {
      name,
      help,
      type,
      aggregator,
      get: async () => ({ name, help, type, values: values(), aggregator }),
    }
    ours.push(metric as unknown as Metric)
  }
  // An operation that nobody called yet has no series: there are hundreds, and most stay so.
  const all = () => [...meters.values()].filter((meter) => meter.begun)
  const one = (value: number | undefined): Sample[] => (value === undefined ? [] : [{ labels: {}, value }])

  add('strongroom_build_info', 'gauge', 'The version that runs, always 1.', () => [
    { labels: { version, node: process.versions.node }, value: 1 },
  ])
  add('strongroom_requests_total', 'counter', 'Requests answered, by operation and outcome.', () =>
    all().flatMap(({ labels, outcomes }) =>
      [...outcomes].map(([outcome, value]) => ({ labels: { ...labels, outcome }, value })),
    ),
  )
  add('strongroom_request_duration_seconds', 'histogram', 'Time from a request to its answer.', () =>
    all().flatMap(histogram),
  )
  add('strongroom_requests_in_flight', 'gauge', 'Requests that are not answered yet, by operation.', () =>
    all().map(({ labels, inFlight }) => ({ labels, value: inFlight })),
  )
  add('strongroom_requests_refused_total', 'counter', 'Requests turned away before they were read, by reason.', () =>
    [...refusals].map(([reason, value]) => ({ labels: { reason }, value })),
  )
  add('strongroom_store_failures_total', 'counter', 'Units of work and probes that the store failed.', () =>
    one(storeFailures),
  )
  add('strongroom_events_total', 'counter', 'What services did by themselves, by event: rotations above all.', () =>
    [...events].map(([event, value]) => ({ labels: { event }, value })),
  )
  add('strongroom_rotations_overdue', 'gauge', 'Rotations of the store that should have ended well by now.', () =>
    one(sources.overdue?.()?.count),
  )
  add('strongroom_rotation_overdue_seconds', 'gauge', 'For how long the oldest overdue rotation has been so.', () =>
    one(sources.overdue?.()?.oldestSeconds),
  )
  const trail = () => sources.trail?.()
  add('strongroom_audit_queued_records', 'gauge', 'Audit records that wait for the journal.', () =>
    one(trail()?.queued),
  )
  add('strongroom_audit_outbox_rows', 'gauge', 'Outbox rows in the journal already and not removed yet.', () =>
    one(trail()?.untidy),
  )
  add('strongroom_audit_records_total', 'counter', 'Audit records written.', () => one(trail()?.written))
  add('strongroom_audit_batches_total', 'counter', 'Batches in which audit records were written.', () =>
    one(trail()?.batches),
  )
  add('strongroom_audit_failures_total', 'counter', 'Times that the audit journal failed.', () =>
    one(trail()?.failures),
  )
  add('strongroom_audit_unhealthy', 'gauge', 'Processes whose audit journal cannot be written now.', () =>
    one(sources.trailHealthy === undefined ? undefined : Number(!sources.trailHealthy())),
  )
  const followers = (value: (state: FollowerState) => number): Sample[] =>
    (sources.followers?.() ?? []).map((state) => ({ labels: { follower: state.name }, value: value(state) }))
  add(
    'strongroom_audit_follower_behind_records',
    'gauge',
    'Audit records that a follower of the journal (an export, the files of trails, event rules) has not taken yet.',
    () => followers(({ behind }) => behind),
  )
  add('strongroom_audit_follower_behind_seconds', 'gauge', 'How old the oldest of them is.', () =>
    // records are dated by the clock that this process counts by too
    followers(({ since }) => (since === undefined ? 0 : Math.max(0, (sources.now?.() ?? since) - since) / 1000)),
  )
  add('strongroom_audit_follower_failing', 'gauge', 'Followers of the journal whose last try failed.', () =>
    followers(({ trouble }) => Number(trouble !== undefined)),
  )
  add('strongroom_connections', 'gauge', 'Open client connections.', () => one(sources.load?.().connections))
  add('strongroom_request_body_bytes', 'gauge', 'Bytes of request bodies in memory.', () =>
    one(sources.load?.().bodiesBytes),
  )

  add(
    'strongroom_certificate_expires_timestamp_seconds',
    'gauge',
    'When the TLS certificate in use expires, as Unix time.',
    () => {
      const ends = sources.certificateEnds?.()
      return one(ends === undefined ? undefined : ends / 1000)
    },
    'min',
  )

  // The library is loaded when somebody asks: it takes a tenth of the time of a start.
  let loading: Promise<Registry> | undefined
  const registry = () => {
    loading ??= import('prom-client').then(({ AggregatorRegistry, collectDefaultMetrics, Registry }) => {
      const all = new Registry()
      for (const metric of ours) all.registerMetric(metric)
      collectDefaultMetrics({ register: all })
      if (cluster.isWorker) {
        AggregatorRegistry.setRegistries([all])
        // Making one is what makes this worker answer the primary's question for its metrics.
        new AggregatorRegistry()
      }
      return all
    })
    return loading
  }
  // A worker is asked by its primary, which waits for no import.
  if (cluster.isWorker) void registry()

  return {
    contentType: CONTENT_TYPE,
    meter(service, operation) {
      const key = `${service} ${operation}`
      let meter = meters.get(key)
      if (meter === undefined) {
        meter = new OperationMeter(service, operation)
        meters.set(key, meter)
      }
      return meter
    },
    refused: (reason) => void refusals.set(reason, (refusals.get(reason) ?? 0) + 1),
    storeFailed: () => void storeFailures++,
    happened: (event) => void events.set(event, (events.get(event) ?? 0) + 1),
    mayHappen: (names) => {
      for (const event of names) if (!events.has(event)) events.set(event, 0)
    },
    watch: (more) => {
      sources = { ...sources, ...more }
    },
    metrics: async () => (await registry()).metrics(),
    values: async () => (await registry()).getMetricsAsJSON(),
  }
}

/** The metrics of all worker processes together; asked in the primary. */
export function clusterMetrics(): () => Promise<string> {
  const together = import('prom-client').then(({ AggregatorRegistry }) => new AggregatorRegistry())
  return async () => (await together).clusterMetrics()
}

function histogram({ labels, buckets, sum }: OperationMeter): Sample[] {
  const name = 'strongroom_request_duration_seconds'
  let count = 0
  const samples: Sample[] = []
  for (let at = 0; at <= BOUNDS.length; at++) {
    count += buckets[at] as number
    samples.push({ metricName: `${name}_bucket`, labels: { le: BOUNDS[at] ?? '+Inf', ...labels }, value: count })
  }
  samples.push({ metricName: `${name}_sum`, labels, value: sum }, { metricName: `${name}_count`, labels, value: count })
  return samples
}
