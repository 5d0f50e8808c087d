import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ARN, trial } from '../test/trial.ts'

test('what is not said stays, an empty RoutingConfig takes the second version away', async () => {
  await using t = await trial()
  const fun = { FunctionName: 'fun', Name: 'live' }
  await t.made({ Publish: true })
  await t.call('UpdateFunctionConfiguration', { FunctionName: 'fun', Timeout: 9 })
  await t.call('PublishVersion', { FunctionName: 'fun' })
  const RoutingConfig = { AdditionalVersionWeights: { 2: 0.5 } }
  const { RevisionId } = await t.call('CreateAlias', { ...fun, FunctionVersion: '1', Description: 'd', RoutingConfig })
  const renamed = await t.call('UpdateAlias', { ...fun, Description: 'e', RevisionId })
  assert.deepEqual([renamed.FunctionVersion, renamed.Description, renamed.RoutingConfig], ['1', 'e', RoutingConfig])
  await t.refused('UpdateAlias', { ...fun, Description: 'f', RevisionId }, 'PreconditionFailedException')
  const moved = await t.call('UpdateAlias', {
    ...fun,
    FunctionVersion: '2',
    RoutingConfig: { AdditionalVersionWeights: {} },
  })
  assert.deepEqual([moved.FunctionVersion, moved.RoutingConfig], ['2', undefined])
  await t.refused('UpdateAlias', { ...fun, FunctionVersion: '3' }, 'ResourceNotFoundException')
  await t.refused(
    'UpdateAlias',
    { ...fun, Name: 'gone' },
    'ResourceNotFoundException',
    `Cannot find alias arn: ${ARN}:gone`,
  )
})
