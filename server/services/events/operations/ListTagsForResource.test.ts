import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventPattern, ruleArn, trial } from '../test/trial.ts'

test('the tags of a rule on a bus of its own are found by its ARN', async () => {
  await using one = await trial()
  await one.call('CreateEventBus', { Name: 'own' })
  const { RuleArn } = await one.call('PutRule', {
    Name: 'r',
    EventPattern,
    EventBusName: 'own',
    Tags: [{ Key: 'a', Value: '1' }],
  })
  assert.equal(RuleArn, ruleArn('own/r'))
  assert.deepEqual(await one.call('ListTagsForResource', { ResourceARN: RuleArn }), {
    Tags: [{ Key: 'a', Value: '1' }],
  })
  for (const name of ['r', 'own/s', 'none/r'])
    await one.refused('ListTagsForResource', { ResourceARN: ruleArn(name) }, 'ResourceNotFoundException')
})
