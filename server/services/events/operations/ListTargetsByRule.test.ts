import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventPattern, FUNCTION, trial } from '../test/trial.ts'

test('a token of one rule is none of its namesake', async () => {
  await using one = await trial()
  const make = async () => {
    await one.call('PutRule', { Name: 'r', EventPattern })
    await one.call('PutTargets', { Rule: 'r', Targets: ['a', 'b'].map((Id) => ({ Id, Arn: FUNCTION })) })
  }
  await make()
  const { Targets, NextToken } = await one.call('ListTargetsByRule', { Rule: 'r', Limit: 1 })
  assert.deepEqual(Targets, [{ Id: 'a', Arn: FUNCTION }])
  assert.deepEqual((await one.call('ListTargetsByRule', { Rule: 'r', NextToken })).Targets, [
    { Id: 'b', Arn: FUNCTION },
  ])
  await one.call('RemoveTargets', { Rule: 'r', Ids: ['a', 'b'] })
  await one.call('DeleteRule', { Name: 'r' })
  await make()
  await one.refused('ListTargetsByRule', { Rule: 'r', NextToken }, 'ValidationException')
  await one.refused(
    'ListTargetsByRule',
    { Rule: 's' },
    'ResourceNotFoundException',
    'Rule s does not exist on EventBus default.',
  )
})
