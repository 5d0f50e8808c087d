import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ARN, trial } from '../test/trial.ts'

test('keys that are not there are ignored', async () => {
  await using t = await trial()
  await t.made({ Tags: { a: '1', b: '2' } })
  await t.call('UntagResource', { Resource: ARN, TagKeys: ['a', 'c'] })
  assert.deepEqual((await t.call('ListTags', { Resource: ARN })).Tags, { b: '2' })
})
