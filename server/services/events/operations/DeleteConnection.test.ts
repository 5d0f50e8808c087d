import assert from 'node:assert/strict'
import { test } from 'node:test'
import { local } from '../destinations/test/local.ts'

test('DeleteConnection takes it away with its secret; API destinations of it are not called any more', async () => {
  await using w = await local()
  const arn = await w.connection()
  await w.destination(arn)
  const out = await w.ask('DeleteConnection', { Name: 'hooks' })
  assert.deepEqual([out.ConnectionArn, out.ConnectionState], [arn, 'DELETING'])
  await w.refused('DescribeConnection', { Name: 'hooks' }, 'ResourceNotFoundException')
  assert.equal((await w.ask('DescribeApiDestination', { Name: 'hook' })).ApiDestinationState, 'INACTIVE')
  await w.refused('DeleteConnection', { Name: 'hooks' }, 'ResourceNotFoundException')
  await w.connection()
  assert.equal(
    (await w.ask('DescribeApiDestination', { Name: 'hook' })).ApiDestinationState,
    'INACTIVE',
    'a namesake is another one',
  )
})
