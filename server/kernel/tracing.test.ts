import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '#kernel/random'
import { openTracing, type Traced } from '#kernel/tracing'
import { Secret } from '#kernel/values/bytes'
import { attributesOf, collector } from '../test/collector.ts'

const open = (endpoint: string, more: { sample?: number; headers?: string; onProblem?: (text: string) => void } = {}) =>
  openTracing(
    { endpoint, sample: more.sample ?? 1, headers: more.headers === undefined ? undefined : new Secret(more.headers) },
    { version: '1.2.3', random: systemRandom, onProblem: more.onProblem ?? (() => undefined) },
  )

const ended: Traced = {
  service: 'secretsmanager',
  operation: 'GetSecretValue',
  requestId: 'r-1',
  region: 'us-east-1',
  caller: 'arn:aws:iam::111122223333:user/ann',
  code: 'ok',
  status: 200,
}

test('a request is a span of a server with its steps below it, sent as OTLP with the headers that are set', async () => {
  await using sink = await collector()
  const tracing = await open(`${sink.endpoint}/`, { headers: 'api-key=k%20y, x-team=core' })
  const trace = tracing.begin(undefined, '10.0.0.7')
  trace?.step('signature')
  trace?.step('work')
  trace?.end(ended)
  await tracing.close()
  assert.deepEqual(
    sink.requests.map(({ path, headers }) => [path, headers['api-key'], headers['x-team']]),
    [['/v1/traces', 'k y', 'core']],
  )
  const request = sink.spans.find(({ kind }) => kind === 2)
  assert.equal(request?.name, 'secretsmanager/GetSecretValue')
  assert.equal(request?.parentSpanId, undefined)
  assert.deepEqual(attributesOf(request), {
    'client.address': '10.0.0.7',
    'rpc.system': 'aws-api',
    'rpc.service': 'secretsmanager',
    'rpc.method': 'GetSecretValue',
    'http.response.status_code': 200,
    'aws.request_id': 'r-1',
    'cloud.region': 'us-east-1',
    'enduser.id': 'arn:aws:iam::111122223333:user/ann',
  })
  const steps = sink.spans.filter((span) => span !== request)
  assert.deepEqual(
    steps.map(({ name, parentSpanId, traceId }) => [name, parentSpanId, traceId]),
    [
      ['signature', request?.spanId, request?.traceId],
      ['work', request?.spanId, request?.traceId],
    ],
  )
  assert.deepEqual(request?.status, { code: 0 })
})

test('a request that brings a traceparent is part of that trace, and is left out when that is (W3C Trace Context)', async () => {
  await using sink = await collector()
  // none of its own is traced
  const tracing = await open(sink.endpoint, { sample: 0 })
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  tracing.begin(`00-${traceId}-00f067aa0ba902b7-01`, '::1')?.end(ended)
  assert.equal(tracing.begin(`00-${traceId}-00f067aa0ba902b7-00`, '::1'), undefined)
  for (const bad of [
    undefined,
    '',
    'x',
    `ff-${traceId}-00f067aa0ba902b7-01`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
  ])
    assert.equal(tracing.begin(bad, '::1'), undefined)
  await tracing.close()
  assert.deepEqual(
    sink.spans.map((span) => [span.traceId, span.parentSpanId]),
    [[traceId, '00f067aa0ba902b7']],
  )
})

test('a refusal names its code and is no error of the server; a failure of ours is one', async () => {
  await using sink = await collector()
  const tracing = await open(sink.endpoint)
  tracing.begin(undefined, '::1')?.end({ ...ended, code: 'AccessDeniedException', status: 400 })
  tracing.begin(undefined, '::1')?.end({ ...ended, code: 'InternalFailure', status: 500 })
  const { service: _, operation: __, ...unknown } = ended
  tracing.begin(undefined, '::1')?.end({ ...unknown, service: undefined, operation: undefined, code: 'x', status: 404 })
  await tracing.close()
  assert.deepEqual(
    sink.spans.map((span) => [span.name, attributesOf(span)['error.type'], span.status.code]),
    [
      ['secretsmanager/GetSecretValue', 'AccessDeniedException', 0],
      ['secretsmanager/GetSecretValue', 'InternalFailure', 2],
      ['unknown', 'x', 0],
    ],
  )
})

test('what the server did by itself is a span of its own, from when to when it was done', async () => {
  await using sink = await collector()
  const tracing = await open(sink.endpoint)
  tracing.did({ name: 'rotation', attributes: { step: 'setSecret' }, beganAt: 1000, endedAt: 2500, failure: 'no' })
  await tracing.close()
  const [span] = sink.spans
  assert.deepEqual(
    [span?.startTimeUnixNano, span?.endTimeUnixNano, attributesOf(span), span?.status],
    ['1000000000', '2500000000', { step: 'setSecret' }, { code: 2, message: 'no' }],
  )
})

test('a collector that refuses is told of, nobody waits for it, and no header is in what is told', async () => {
  await using sink = await collector(401)
  const told: string[] = []
  const tracing = await open(sink.endpoint, { headers: 'api-key=canary-key', onProblem: (text) => told.push(text) })
  tracing.begin(undefined, '::1')?.end(ended)
  await tracing.close()
  assert.equal(sink.requests.length, 1)
  assert.ok(told.length > 0, 'nothing was told')
  assert.doesNotMatch(told.join('\n'), /canary/)
})

test('headers that are no pairs keep tracing from starting, without being repeated', async () => {
  await assert.rejects(open('http://127.0.0.1:9', { headers: 'canary-key' }), (error: Error) => {
    assert.match(error.message, /name=value/)
    assert.doesNotMatch(error.message, /canary/)
    return true
  })
})
