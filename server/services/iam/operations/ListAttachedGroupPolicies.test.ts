import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('ListAttachedGroupPolicies pages and filters by path', async () => {
  await using iam = await trial()
  await iam.call('CreateGroup', { GroupName: 'g' })
  for (const [PolicyName, Path] of [
    ['b', '/'],
    ['A', '/x/'],
    ['c', '/x/'],
  ]) {
    const { Policy } = await iam.call('CreatePolicy', { PolicyName, Path, PolicyDocument: document() })
    await iam.call('AttachGroupPolicy', { GroupName: 'g', PolicyArn: Policy.Arn })
  }
  const list = async (members: object) => {
    const out = await iam.call('ListAttachedGroupPolicies', { GroupName: 'g', ...members })
    return { ...out, names: out.AttachedPolicies.map(({ PolicyName }: { PolicyName: string }) => PolicyName) }
  }
  const first = await list({ MaxItems: 2 })
  assert.deepEqual([first.names, first.IsTruncated], [['A', 'b'], true])
  assert.deepEqual((await list({ Marker: first.Marker })).names, ['c'])
  assert.deepEqual((await list({ PathPrefix: '/x/' })).names, ['A', 'c'])
  await iam.refused('ListAttachedGroupPolicies', { GroupName: 'none' }, 'NoSuchEntity')
})
