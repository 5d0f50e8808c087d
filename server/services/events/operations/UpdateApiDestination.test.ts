import assert from 'node:assert/strict'
import { test } from 'node:test'
import { local } from '../destinations/test/local.ts'

test('UpdateApiDestination changes what is said; what is not said stays', async () => {
  await using w = await local()
  await w.destination(await w.connection())
  const before = await w.ask('DescribeApiDestination', { Name: 'hook' })
  await w.ask('UpdateApiDestination', {
    Name: 'hook',
    HttpMethod: 'PUT',
    InvocationRateLimitPerSecond: 5,
    Description: 'd',
  })
  assert.deepEqual(await w.ask('DescribeApiDestination', { Name: 'hook' }), {
    ...before,
    HttpMethod: 'PUT',
    InvocationRateLimitPerSecond: 5,
    Description: 'd',
  })
  await w.refused(
    'UpdateApiDestination',
    { Name: 'hook', InvocationEndpoint: 'http://example.com' },
    'ValidationException',
  )
  await w.refused('UpdateApiDestination', { Name: 'none' }, 'ResourceNotFoundException', 'none')
})
