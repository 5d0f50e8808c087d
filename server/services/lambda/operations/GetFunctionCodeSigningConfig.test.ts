import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ARN, BUILT_IN, trial } from '../test/trial.ts'

test('there is none, of functions that are there', async () => {
  await using t = await trial()
  await t.made()
  const none = (FunctionName: string) => ({ CodeSigningConfigArn: '', FunctionName })
  assert.deepEqual(await t.call('GetFunctionCodeSigningConfig', { FunctionName: ARN }), none('fun'))
  assert.deepEqual(await t.call('GetFunctionCodeSigningConfig', { FunctionName: BUILT_IN }), none(BUILT_IN))
  await t.refused('GetFunctionCodeSigningConfig', { FunctionName: 'none' }, 'ResourceNotFoundException')
})
