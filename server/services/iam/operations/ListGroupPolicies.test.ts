import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('ListGroupPolicies lists names page by page', async () => {
  await using iam = await trial()
  await iam.call('CreateGroup', { GroupName: 'g' })
  for (const PolicyName of ['b', 'A', 'c']) {
    await iam.call('PutGroupPolicy', { GroupName: 'g', PolicyName, PolicyDocument: document() })
  }
  const first = await iam.call('ListGroupPolicies', { GroupName: 'g', MaxItems: 2 })
  assert.deepEqual([first.PolicyNames, first.IsTruncated], [['A', 'b'], true])
  const rest = await iam.call('ListGroupPolicies', { GroupName: 'g', Marker: first.Marker })
  assert.deepEqual(rest, { PolicyNames: ['c'], IsTruncated: false })
  await iam.refused('ListGroupPolicies', { GroupName: 'none' }, 'NoSuchEntity')
})
