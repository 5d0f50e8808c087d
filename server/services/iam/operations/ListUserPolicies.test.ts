import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('ListUserPolicies lists names page by page', async () => {
  await using iam = await trial()
  await iam.user('alice')
  for (const PolicyName of ['b', 'A', 'c']) {
    await iam.call('PutUserPolicy', { UserName: 'alice', PolicyName, PolicyDocument: document() })
  }
  const first = await iam.call('ListUserPolicies', { UserName: 'alice', MaxItems: 2 })
  assert.deepEqual(first.PolicyNames, ['A', 'b'])
  const rest = await iam.call('ListUserPolicies', { UserName: 'alice', Marker: first.Marker })
  assert.deepEqual(rest, { PolicyNames: ['c'], IsTruncated: false })
  await iam.refused('ListUserPolicies', { UserName: 'bob' }, 'NoSuchEntity')
})
