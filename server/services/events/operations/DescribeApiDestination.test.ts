import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ENDPOINT, local } from '../destinations/test/local.ts'

test('DescribeApiDestination tells of it', async () => {
  await using w = await local()
  const ConnectionArn = await w.connection()
  const ApiDestinationArn = await w.destination(ConnectionArn)
  const { CreationTime, LastModifiedTime, ...rest } = await w.ask('DescribeApiDestination', { Name: 'hook' })
  assert.deepEqual(CreationTime, LastModifiedTime)
  assert.deepEqual(rest, {
    ApiDestinationArn,
    ApiDestinationState: 'ACTIVE',
    Name: 'hook',
    ConnectionArn,
    InvocationEndpoint: ENDPOINT,
    HttpMethod: 'POST',
    InvocationRateLimitPerSecond: 300,
  })
  await w.refused('DescribeApiDestination', { Name: 'none' }, 'ResourceNotFoundException', "'none' does not exist")
})
