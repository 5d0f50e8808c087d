import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventPattern, ruleArn, trial } from '../test/trial.ts'

test('tags are added to rules and buses, fifty at the most, none of AWS itself', async () => {
  await using one = await trial()
  await one.call('PutRule', { Name: 'r', EventPattern })
  const { Arn } = await one.call('DescribeEventBus')
  const tag = (Key: string, Value = 'v') => ({ Key, Value })
  for (const ResourceARN of [ruleArn('r'), Arn]) {
    await one.call('TagResource', { ResourceARN, Tags: [tag('a', '1'), tag('b', '2')] })
    await one.call('TagResource', { ResourceARN, Tags: [tag('a', '3')] })
    assert.deepEqual((await one.call('ListTagsForResource', { ResourceARN })).Tags, [tag('a', '3'), tag('b', '2')])
    const many = Array.from({ length: 49 }, (_, i) => tag(`k${i}`))
    await one.refused('TagResource', { ResourceARN, Tags: many }, 'ValidationException', /at most 50/)
    await one.refused('TagResource', { ResourceARN, Tags: [tag('AWS:x')] }, 'ValidationException', /reserved/)
  }
  await one.refused(
    'TagResource',
    { ResourceARN: ruleArn('s'), Tags: [] },
    'ResourceNotFoundException',
    'Rule s does not exist on EventBus default.',
  )
  await one.refused('TagResource', { ResourceARN: 'x', Tags: [] }, 'ValidationException', /not in correct format/)
})
