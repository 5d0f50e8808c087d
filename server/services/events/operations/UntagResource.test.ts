import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, EventPattern, ruleArn, trial, user } from '../test/trial.ts'

test('tags go; permissions by tags count from then on', async () => {
  await using one = await trial()
  await one.call('PutRule', { Name: 'r', EventPattern, Tags: [{ Key: 'team', Value: 'blue' }] })
  const caller = user('u', allow('events:DescribeRule', '*', { StringEquals: { 'aws:ResourceTag/team': 'blue' } }))
  await one.call('DescribeRule', { Name: 'r' }, { caller })
  assert.deepEqual(await one.call('UntagResource', { ResourceARN: ruleArn('r'), TagKeys: ['team', 'x'] }), {})
  await one.refused('DescribeRule', { Name: 'r' }, 'AccessDeniedException', undefined, { caller })
  await one.refused('UntagResource', { ResourceARN: ruleArn('s'), TagKeys: ['x'] }, 'ResourceNotFoundException')
})
