import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { attributesOf, collector } from './collector.ts'
import { start } from './start.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'

test('calls of an official client become traces, with their steps and nothing of a secret', async () => {
  await using sink = await collector()
  let log = ''
  {
    await using server = await start({ tracing: { endpoint: sink.endpoint, headers: undefined, sample: 1 } })
    const { url: endpoint, credentials } = server
    const client = new SecretsManagerClient({ endpoint, credentials, region: 'us-east-1', maxAttempts: 1 })
    await client.send(new CreateSecretCommand({ Name: 'traced', SecretString: 'canary-value' }))
    const get = new GetSecretValueCommand({ SecretId: 'traced' })
    // what an instrumented program sends along; it is not among the signed headers
    get.middlewareStack.add(
      (next) => (args) => {
        const { headers } = args.request as { headers: Record<string, string> }
        headers.traceparent = `00-${TRACE}-00f067aa0ba902b7-01`
        return next(args)
      },
      { step: 'finalizeRequest', priority: 'low' },
    )
    const { $metadata } = await client.send(get)
    await assert.rejects(client.send(new GetSecretValueCommand({ SecretId: 'missing' })))
    client.destroy()
    log = server.log()
    assert.equal($metadata.httpStatusCode, 200)
  }
  const requests = sink.spans.filter(({ kind }) => kind === 2)
  assert.deepEqual(
    requests.map((span) => [span.name, attributesOf(span)['error.type'], span.status.code]),
    [
      ['secretsmanager/CreateSecret', undefined, 0],
      ['secretsmanager/GetSecretValue', undefined, 0],
      ['secretsmanager/GetSecretValue', 'ResourceNotFoundException', 0],
    ],
  )
  const [, read] = requests
  assert.equal(read?.traceId, TRACE)
  assert.equal(read?.parentSpanId, '00f067aa0ba902b7')
  const steps = sink.spans.filter(({ parentSpanId }) => parentSpanId === read?.spanId)
  assert.deepEqual(
    steps.map(({ name }) => name),
    ['authenticate', 'unit of work', 'audit record', 'durability'],
  )
  assert.match(String(attributesOf(read)['enduser.id']), /^arn:aws:iam::111122223333:root$/)
  const line = log.split('\n').find((one) => one.includes(`"traceId":"${TRACE}"`)) ?? '{}'
  assert.equal((JSON.parse(line) as { requestId?: string }).requestId, attributesOf(read)['aws.request_id'])
  assert.doesNotMatch(JSON.stringify(sink.spans), /canary|traced/)
})
