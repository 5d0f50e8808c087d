import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventPattern, FUNCTION, trial } from '../test/trial.ts'

test('a rule goes without its targets only; one that is not there is gone already (recorded)', async () => {
  await using one = await trial()
  await one.call('PutRule', { Name: 'r', ScheduleExpression: 'rate(1 minute)' })
  await one.call('PutTargets', { Rule: 'r', Targets: [{ Id: 't', Arn: FUNCTION }] })
  await one.refused(
    'DeleteRule',
    { Name: 'r', Force: true },
    'ValidationException',
    "Rule can't be deleted since it has targets.",
  )
  await one.call('RemoveTargets', { Rule: 'r', Ids: ['t'] })
  assert.equal(await one.call('DeleteRule', { Name: 'r' }), undefined)
  assert.equal(one.engine.told.at(-1), 'r rate(1 minute) gone 0')
  await one.call('DeleteRule', { Name: 'r' })
  await one.refused(
    'DeleteRule',
    { Name: 'r', EventBusName: 'x' },
    'ResourceNotFoundException',
    'Event bus x does not exist.',
  )
  await one.call('PutRule', { Name: 'r', EventPattern })
  assert.deepEqual((await one.call('ListTargetsByRule', { Rule: 'r' })).Targets, [])
})
