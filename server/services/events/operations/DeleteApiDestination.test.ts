import assert from 'node:assert/strict'
import { test } from 'node:test'
import { local } from '../destinations/test/local.ts'

test('DeleteApiDestination takes it away', async () => {
  await using w = await local()
  await w.destination(await w.connection())
  assert.deepEqual(await w.ask('DeleteApiDestination', { Name: 'hook' }), {})
  assert.deepEqual((await w.ask('ListApiDestinations', {})).ApiDestinations, [])
  await w.refused('DeleteApiDestination', { Name: 'hook' }, 'ResourceNotFoundException')
})
