import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ARN, BUILT_IN, trial } from '../test/trial.ts'

test('the tags of a function; none where there are none', async () => {
  await using t = await trial()
  await t.made()
  assert.deepEqual(await t.call('ListTags', { Resource: ARN }), { Tags: {} })
  assert.deepEqual(await t.call('ListTags', { Resource: ARN.replace(/fun$/, BUILT_IN) }), { Tags: {} })
  await t.refused('ListTags', { Resource: `${ARN}s` }, 'ResourceNotFoundException')
})
