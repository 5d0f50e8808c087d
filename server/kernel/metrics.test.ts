import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AggregatorRegistry } from 'prom-client'
import { openMetrics } from '#kernel/metrics'

const lines = (text: string, name: string) => text.split('\n').filter((line) => line.startsWith(name))

test('requests are counted by operation and outcome, with a histogram of their durations', async () => {
  const metrics = openMetrics('1.2.3')
  const get = metrics.meter('secretsmanager', 'GetSecretValue')
  assert.equal(metrics.meter('secretsmanager', 'GetSecretValue'), get)
  for (const seconds of [0.00005, 0.0001, 0.002, 9]) {
    get.begin()
    get.end('ok', seconds)
  }
  get.begin()
  get.end('AccessDeniedException', 0.002)
  get.begin()
  metrics.refused('overloaded')
  metrics.storeFailed()
  metrics.mayHappen(['RotationFailed', 'RotationSucceeded'])
  metrics.happened('RotationFailed')
  const text = await metrics.metrics()
  assert.deepEqual(lines(text, 'strongroom_requests_total'), [
    'strongroom_requests_total{service="secretsmanager",operation="GetSecretValue",outcome="ok"} 4',
    'strongroom_requests_total{service="secretsmanager",operation="GetSecretValue",outcome="AccessDeniedException"} 1',
  ])
  const labels = 'service="secretsmanager",operation="GetSecretValue"'
  const durations = lines(text, 'strongroom_request_duration_seconds')
  assert.equal(durations[0], `strongroom_request_duration_seconds_bucket{le="0.0001",${labels}} 2`)
  assert.equal(durations[4], `strongroom_request_duration_seconds_bucket{le="0.0025",${labels}} 4`)
  assert.equal(durations[12], `strongroom_request_duration_seconds_bucket{le="5",${labels}} 4`)
  assert.equal(durations[13], `strongroom_request_duration_seconds_bucket{le="+Inf",${labels}} 5`)
  assert.match(durations[14] ?? '', /_sum\{.*\} 9.00415\d*$/)
  assert.match(durations[15] ?? '', /_count\{.*\} 5$/)
  assert.deepEqual(lines(text, 'strongroom_requests_in_flight'), [`strongroom_requests_in_flight{${labels}} 1`])
  assert.deepEqual(lines(text, 'strongroom_requests_refused_total'), [
    'strongroom_requests_refused_total{reason="overloaded"} 1',
  ])
  assert.deepEqual(lines(text, 'strongroom_store_failures_total'), ['strongroom_store_failures_total 1'])
  assert.deepEqual(lines(text, 'strongroom_events_total'), [
    'strongroom_events_total{event="RotationFailed"} 1',
    'strongroom_events_total{event="RotationSucceeded"} 0',
  ])
  assert.match(text, /strongroom_build_info\{version="1\.2\.3",node="\d+/)
  assert.match(text, /process_cpu_seconds_total/)
})

test('outcomes are bounded, so that nobody can fill the memory with them', async () => {
  const metrics = openMetrics('1')
  const meter = metrics.meter('s', 'o')
  for (let i = 0; i < 1000; i++) meter.end(`Code${i}`, 0)
  const counted = lines(await metrics.metrics(), 'strongroom_requests_total')
  assert.ok(counted.length <= 41)
  assert.equal(counted.at(-1), 'strongroom_requests_total{service="s",operation="o",outcome="other"} 961')
})

test('the trail and the listener are asked when somebody looks', async () => {
  const metrics = openMetrics('1')
  assert.deepEqual(lines(await metrics.metrics(), 'strongroom_audit_queued_records'), [])
  metrics.watch({
    trail: () => ({ queued: 7, written: 8, batches: 2, untidy: 1, failures: 3 }),
    trailHealthy: () => false,
  })
  metrics.watch({ load: () => ({ requests: 1, bodiesBytes: 20, connections: 3 }) })
  const text = await metrics.metrics()
  assert.deepEqual(lines(text, 'strongroom_audit_'), [
    'strongroom_audit_queued_records 7',
    'strongroom_audit_outbox_rows 1',
    'strongroom_audit_records_total 8',
    'strongroom_audit_batches_total 2',
    'strongroom_audit_failures_total 3',
    'strongroom_audit_unhealthy 1',
  ])
  assert.deepEqual(lines(text, 'strongroom_connections'), ['strongroom_connections 3'])
})

test('metrics of several processes add up', async () => {
  const values = (metrics: ReturnType<typeof openMetrics>) => {
    const meter = metrics.meter('s', 'o')
    meter.begin()
    meter.end('ok', 0.002)
    return metrics.values()
  }
  const withCertificate = (ends: number) => {
    const metrics = openMetrics('1')
    metrics.watch({ certificateEnds: () => ends })
    return metrics
  }
  const [one, other] = [withCertificate(5_000), withCertificate(4_000)]
  const together = AggregatorRegistry.aggregate([await values(one), await values(other)])
  const text = await together.metrics()
  assert.deepEqual(lines(text, 'strongroom_requests_total'), [
    'strongroom_requests_total{service="s",operation="o",outcome="ok"} 2',
  ])
  assert.equal(lines(text, 'strongroom_request_duration_seconds_count').length, 1)
  // of the processes that were told of a new certificate and those that were not yet the earlier one counts
  const ends = lines(text, 'strongroom_certificate_expires_timestamp_seconds')
  assert.deepEqual(ends, ['strongroom_certificate_expires_timestamp_seconds 4'])
})

test('an operation that nobody has called has no series', async () => {
  const metrics = openMetrics('1')
  metrics.meter('kms', 'Sign')
  const called = metrics.meter('kms', 'Decrypt')
  called.begin()
  called.end('ok', 0.001)
  const text = await metrics.metrics()
  assert.match(text, /operation="Decrypt"/)
  assert.doesNotMatch(text, /operation="Sign"/)
})

test('followers of the audit journal are told of one by one: how far behind, since when, and whether they fail', async () => {
  const metrics = openMetrics('1')
  metrics.watch({
    now: () => 10_000,
    followers: () => [
      { name: 'export:http', behind: 12, since: 4_000, trouble: 'the sink answers 503' },
      { name: 'events', behind: 0, since: undefined, trouble: undefined },
    ],
  })
  assert.deepEqual(lines(await metrics.metrics(), 'strongroom_audit_follower_'), [
    'strongroom_audit_follower_behind_records{follower="export:http"} 12',
    'strongroom_audit_follower_behind_records{follower="events"} 0',
    'strongroom_audit_follower_behind_seconds{follower="export:http"} 6',
    'strongroom_audit_follower_behind_seconds{follower="events"} 0',
    'strongroom_audit_follower_failing{follower="export:http"} 1',
    'strongroom_audit_follower_failing{follower="events"} 0',
  ])
})
