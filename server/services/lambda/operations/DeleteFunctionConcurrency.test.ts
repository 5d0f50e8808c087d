import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

test('the function shares what is left with all others again', async () => {
  await using t = await trial()
  await t.made()
  await t.call('PutFunctionConcurrency', { FunctionName: 'fun', ReservedConcurrentExecutions: 5 })
  await t.call('DeleteFunctionConcurrency', { FunctionName: 'fun' })
  assert.deepEqual(await t.call('GetFunctionConcurrency', { FunctionName: 'fun' }), {})
  await t.refused('DeleteFunctionConcurrency', { FunctionName: 'none' }, 'ResourceNotFoundException')
})
