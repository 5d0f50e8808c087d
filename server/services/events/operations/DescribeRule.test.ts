import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, EventPattern, ruleArn, trial } from '../test/trial.ts'

test('a rule is told as it stands; one that is not there is not found (recorded)', async () => {
  await using one = await trial()
  await one.call('PutRule', { Name: 'r', EventPattern })
  const shown = Object.entries(await one.call('DescribeRule', { Name: 'r' })).filter(([, value]) => value !== undefined)
  assert.deepEqual(Object.fromEntries(shown), {
    Name: 'r',
    Arn: ruleArn('r'),
    EventPattern,
    State: 'ENABLED',
    EventBusName: 'default',
    CreatedBy: ACCOUNT,
  })
  await one.refused(
    'DescribeRule',
    { Name: 's' },
    'ResourceNotFoundException',
    'Rule s does not exist on EventBus default.',
  )
  await one.refused(
    'DescribeRule',
    { Name: 'r', EventBusName: 'x' },
    'ResourceNotFoundException',
    'Event bus x does not exist.',
  )
})
