import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventPattern, FUNCTION, trial } from '../test/trial.ts'

test('rules are found by their targets, each once, on one bus', async () => {
  await using one = await trial()
  await one.call('CreateEventBus', { Name: 'own' })
  for (const [Name, bus] of [
    ['r', 'default'],
    ['s', 'default'],
    ['t', 'own'],
  ] as const) {
    await one.call('PutRule', { Name, EventPattern, EventBusName: bus })
    await one.call('PutTargets', {
      Rule: Name,
      EventBusName: bus,
      Targets: ['1', '2'].map((Id) => ({ Id, Arn: FUNCTION })),
    })
  }
  const names = async (more: object) =>
    (await one.call('ListRuleNamesByTarget', { TargetArn: FUNCTION, ...more })).RuleNames
  assert.deepEqual(await names({}), ['r', 's'])
  assert.deepEqual(await names({ EventBusName: 'own' }), ['t'])
  assert.deepEqual(await names({ TargetArn: `${FUNCTION}2` }), [])
  await one.refused('ListRuleNamesByTarget', { TargetArn: FUNCTION, EventBusName: 'x' }, 'ResourceNotFoundException')
})
