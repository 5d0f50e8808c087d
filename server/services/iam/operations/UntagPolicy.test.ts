import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('UntagPolicy takes tags off, in any spelling, those that are not there too', async () => {
  await using iam = await trial()
  const Tags = ['a', 'B', 'c'].map((Key) => ({ Key, Value: '1' }))
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: document(), Tags })
  const PolicyArn = Policy.Arn
  assert.equal(await iam.call('UntagPolicy', { PolicyArn, TagKeys: ['A', 'b', 'x'] }), undefined)
  assert.deepEqual((await iam.call('GetPolicy', { PolicyArn })).Policy.Tags, [{ Key: 'c', Value: '1' }])
  const none = `${PolicyArn}x`
  const text = `Policy ${none} was not found.`
  await iam.refused('UntagPolicy', { PolicyArn: none, TagKeys: ['a'] }, 'NoSuchEntity', text)
})
