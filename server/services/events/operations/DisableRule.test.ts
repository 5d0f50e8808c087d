import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

test('a rule with a schedule is disabled, and whoever fires schedules is told (API_DisableRule)', async () => {
  await using one = await trial()
  await one.call('PutRule', { Name: 'r', ScheduleExpression: 'rate(1 minute)', State: 'ENABLED' })
  assert.equal(await one.call('DisableRule', { Name: 'r' }), undefined)
  assert.equal((await one.call('DescribeRule', { Name: 'r' })).State, 'DISABLED')
  assert.equal(one.engine.told.at(-1), 'r rate(1 minute) DISABLED 0')
  await one.refused(
    'DisableRule',
    { Name: 's' },
    'ResourceNotFoundException',
    'Rule s does not exist on EventBus default.',
  )
})
