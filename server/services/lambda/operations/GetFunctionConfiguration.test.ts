import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ARN, BUILT_IN, trial, user } from '../test/trial.ts'

test('is what CreateFunction answered, also for a version, an alias and a built-in function', async () => {
  await using t = await trial()
  const made = await t.made({ Environment: { Variables: { AA: 'b' } } })
  const get = (FunctionName: string) => t.call('GetFunctionConfiguration', { FunctionName })
  assert.deepEqual(await get('fun'), made)
  await t.call('PublishVersion', { FunctionName: 'fun' })
  await t.call('CreateAlias', { FunctionName: 'fun', Name: 'live', FunctionVersion: '1' })
  assert.equal((await get('fun:1')).FunctionArn, `${ARN}:1`)
  assert.deepEqual((await get('fun:live')).Environment, { Variables: { AA: 'b' } })
  assert.equal((await get(BUILT_IN)).FunctionName, BUILT_IN)
  await t.refused('GetFunctionConfiguration', { FunctionName: 'fun:gone' }, 'ResourceNotFoundException')
})

test('permission is asked for at the qualifier', async () => {
  await using t = await trial()
  await t.made({ Publish: true })
  const caller = user('a', [['lambda:GetFunctionConfiguration', ARN]])
  await t.call('GetFunctionConfiguration', { FunctionName: 'fun:$LATEST' }, { caller })
  await t.refused(
    'GetFunctionConfiguration',
    { FunctionName: 'fun:1' },
    'AccessDeniedException',
    `lambda:GetFunctionConfiguration on ${ARN}:1`,
    { caller },
  )
})
