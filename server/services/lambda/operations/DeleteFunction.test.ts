import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ARN, BUILT_IN, trial } from '../test/trial.ts'

const fun = { FunctionName: 'fun' }

test('with the function everything of it goes; its namesake begins anew', async () => {
  await using t = await trial()
  await t.made({ Publish: true })
  await t.call('CreateAlias', { ...fun, Name: 'live', FunctionVersion: '1' })
  await t.call('AddPermission', { ...fun, StatementId: 's', Action: 'lambda:InvokeFunction', Principal: '*' })
  await t.call('Invoke', { ...fun, InvocationType: 'Event' })
  await t.call('DeleteFunction', fun)
  await t.refused('GetFunction', fun, 'ResourceNotFoundException')
  await t.refused('DeleteFunction', fun, 'ResourceNotFoundException', `Function not found: ${ARN}`)
  const { AccountUsage } = await t.call('GetAccountSettings', {})
  assert.deepEqual(AccountUsage, { TotalCodeSize: 0, FunctionCount: 0 })
  await t.made()
  await t.refused('GetPolicy', fun, 'ResourceNotFoundException')
  assert.deepEqual((await t.call('ListAliases', fun)).Aliases, [])
  assert.equal((await t.call('PublishVersion', fun)).Version, '1')
  await t.advance(1000)
  assert.deepEqual(t.sandboxes.runs, [])
})

test('one version goes alone, unless an alias means it', async () => {
  await using t = await trial()
  await t.made({ Publish: true })
  await t.call('CreateAlias', { ...fun, Name: 'live', FunctionVersion: '1' })
  await t.refused(
    'DeleteFunction',
    { ...fun, Qualifier: '1' },
    'ResourceConflictException',
    /referenced by alias .*:live\./,
  )
  await t.call('DeleteAlias', { ...fun, Name: 'live' })
  await t.call('DeleteFunction', { ...fun, Qualifier: '1' })
  await t.refused('GetFunction', { ...fun, Qualifier: '1' }, 'ResourceNotFoundException')
  await t.refused('DeleteFunction', { ...fun, Qualifier: '1' }, 'ResourceNotFoundException')
  await t.refused(
    'DeleteFunction',
    { ...fun, Qualifier: '$LATEST' },
    'InvalidParameterValueException',
    '$LATEST version cannot be deleted without deleting the function.',
  )
  await t.refused('DeleteFunction', { ...fun, Qualifier: 'live' }, 'InvalidParameterValueException')
  await t.call('UpdateFunctionConfiguration', { ...fun, Timeout: 9 })
  // Numbers are never given again. Source: API_PublishVersion.
  assert.equal((await t.call('PublishVersion', fun)).Version, '2')
})

test('a built-in function stays', async () => {
  await using t = await trial()
  await t.refused('DeleteFunction', { FunctionName: BUILT_IN }, 'ResourceConflictException')
})
