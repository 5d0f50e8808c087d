import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ARN, trial } from '../test/trial.ts'

test('is what CreateAlias answered; another one is not found', async () => {
  await using t = await trial()
  await t.made({ Publish: true })
  const made = await t.call('CreateAlias', {
    FunctionName: 'fun',
    Name: 'live',
    FunctionVersion: '1',
    Description: 'd',
  })
  assert.deepEqual(await t.call('GetAlias', { FunctionName: 'fun', Name: 'live' }), made)
  await t.refused(
    'GetAlias',
    { FunctionName: 'fun', Name: 'gone' },
    'ResourceNotFoundException',
    `Cannot find alias arn: ${ARN}:gone`,
  )
})
