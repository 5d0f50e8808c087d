import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BUILT_IN, trial } from '../test/trial.ts'

test('nothing where nothing is kept', async () => {
  await using t = await trial()
  await t.made()
  assert.deepEqual(await t.call('GetFunctionConcurrency', { FunctionName: 'fun' }), {})
  assert.deepEqual(await t.call('GetFunctionConcurrency', { FunctionName: BUILT_IN }), {})
  await t.call('PutFunctionConcurrency', { FunctionName: 'fun', ReservedConcurrentExecutions: 0 })
  assert.deepEqual(await t.call('GetFunctionConcurrency', { FunctionName: 'fun' }), { ReservedConcurrentExecutions: 0 })
  await t.refused('GetFunctionConcurrency', { FunctionName: 'none' }, 'ResourceNotFoundException')
})
