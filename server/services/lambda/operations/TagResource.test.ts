import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ARN, trial } from '../test/trial.ts'

test('tags are added, up to 50, and none of the reserved ones', async () => {
  await using t = await trial()
  await t.made({ Tags: { a: '1' } })
  await t.call('TagResource', { Resource: ARN, Tags: { a: '2', b: '3' } })
  assert.deepEqual((await t.call('ListTags', { Resource: ARN })).Tags, { a: '2', b: '3' })
  await t.refused('TagResource', { Resource: ARN, Tags: { 'aws:x': '1' } }, 'InvalidParameterValueException')
  const many = Object.fromEntries(Array.from({ length: 49 }, (_, i) => [`k${i}`, '']))
  await t.refused('TagResource', { Resource: ARN, Tags: many }, 'InvalidParameterValueException')
  await t.refused('TagResource', { Resource: `${ARN}s`, Tags: { a: '1' } }, 'ResourceNotFoundException')
})
