import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

test('a rule with a schedule is enabled, and whoever fires schedules is told (API_EnableRule)', async () => {
  await using one = await trial()
  await one.call('PutRule', { Name: 'r', ScheduleExpression: 'rate(1 minute)', State: 'DISABLED' })
  assert.equal(await one.call('EnableRule', { Name: 'r' }), undefined)
  assert.equal((await one.call('DescribeRule', { Name: 'r' })).State, 'ENABLED')
  assert.equal(one.engine.told.at(-1), 'r rate(1 minute) ENABLED 0')
  await one.refused(
    'EnableRule',
    { Name: 's' },
    'ResourceNotFoundException',
    'Rule s does not exist on EventBus default.',
  )
})

test('a rule that is told of all management events stays so', async () => {
  await using one = await trial()
  const State = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'
  await one.call('PutRule', { Name: 'r', EventPattern: '{"source": ["aws.kms"]}', State })
  await one.call('EnableRule', { Name: 'r' })
  assert.equal((await one.call('DescribeRule', { Name: 'r' })).State, State)
})
