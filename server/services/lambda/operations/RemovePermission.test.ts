import { test } from 'node:test'
import assert from 'node:assert/strict'
import { trial } from '../test/trial.ts'

const fun = { FunctionName: 'fun' }

test('with the last statement the policy goes; what is not there is not found', async () => {
  await using t = await trial()
  await t.made()
  await t.refused(
    'RemovePermission',
    { ...fun, StatementId: 's' },
    'ResourceNotFoundException',
    'No policy is associated with the given resource.',
  )
  for (const StatementId of ['s', 't'])
    await t.call('AddPermission', { ...fun, StatementId, Action: 'lambda:InvokeFunction', Principal: '*' })
  await t.refused(
    'RemovePermission',
    { ...fun, StatementId: 'u' },
    'ResourceNotFoundException',
    'Statement u is not found in resource policy.',
  )
  await t.refused('RemovePermission', { ...fun, StatementId: 's', RevisionId: 'x' }, 'PreconditionFailedException')
  await t.call('RemovePermission', { ...fun, StatementId: 's' })
  assert.deepEqual(
    JSON.parse((await t.call('GetPolicy', fun)).Policy).Statement.map(({ Sid }: { Sid: string }) => Sid),
    ['t'],
  )
  await t.call('RemovePermission', { ...fun, StatementId: 't' })
  await t.refused('GetPolicy', fun, 'ResourceNotFoundException')
})
