import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OTHER, trial } from '../test/trial.ts'

test('one statement goes, or all; with the last the policy goes (recorded)', async () => {
  await using one = await trial()
  const no = 'Statement with the provided id does not exist.'
  await one.refused('RemovePermission', { StatementId: 's' }, 'ResourceNotFoundException', no)
  for (const StatementId of ['a', 'b', 'c'])
    await one.call('PutPermission', { Action: 'events:PutEvents', StatementId, Principal: OTHER })
  const left = async () => {
    const { Policy } = await one.call('DescribeEventBus')
    return Policy && JSON.parse(Policy).Statement.map(({ Sid }: { Sid: string }) => Sid)
  }
  await one.call('RemovePermission', { StatementId: 'b' })
  assert.deepEqual(await left(), ['a', 'c'])
  await one.refused('RemovePermission', { StatementId: 'b' }, 'ResourceNotFoundException', no)
  await one.refused('RemovePermission', {}, 'ValidationException')
  await one.call('RemovePermission', { StatementId: 'a' })
  await one.call('RemovePermission', { StatementId: 'c' })
  assert.equal(await left(), undefined)
  await one.call('PutPermission', { Action: 'events:PutEvents', StatementId: 'd', Principal: '*' })
  await one.call('RemovePermission', { RemoveAllPermissions: true })
  assert.equal(await left(), undefined)
  await one.refused(
    'RemovePermission',
    { StatementId: 'a', EventBusName: 'x' },
    'ResourceNotFoundException',
    'Event bus x does not exist.',
  )
})
