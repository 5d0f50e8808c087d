import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

test('some executions always stay for the functions that share', async () => {
  await using t = await trial()
  await t.made()
  await t.made({ FunctionName: 'two' })
  const put = (FunctionName: string, ReservedConcurrentExecutions: number) => ({
    FunctionName,
    ReservedConcurrentExecutions,
  })
  assert.deepEqual(await t.call('PutFunctionConcurrency', put('fun', 500)), { ReservedConcurrentExecutions: 500 })
  const text =
    "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100]."
  await t.refused('PutFunctionConcurrency', put('two', 401), 'InvalidParameterValueException', text)
  await t.call('PutFunctionConcurrency', put('two', 400))
  await t.call('PutFunctionConcurrency', put('fun', 0))
  assert.equal((await t.call('GetAccountSettings', {})).AccountLimit.UnreservedConcurrentExecutions, 600)
  assert.deepEqual((await t.call('GetFunction', { FunctionName: 'fun' })).Concurrency, {
    ReservedConcurrentExecutions: 0,
  })
})
