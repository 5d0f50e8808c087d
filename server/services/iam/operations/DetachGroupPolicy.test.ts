import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

test('DetachGroupPolicy takes the policy away; one that is not attached is NoSuchEntity (access.md 3.4, recorded)', async () => {
  await using iam = await trial()
  await iam.call('CreateGroup', { GroupName: 'g' })
  const { Policy } = await iam.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: document() })
  const detach = { GroupName: 'g', PolicyArn: Policy.Arn }
  await iam.call('AttachGroupPolicy', detach)
  assert.equal(await iam.call('DetachGroupPolicy', detach), undefined)
  assert.deepEqual((await iam.call('ListAttachedGroupPolicies', { GroupName: 'g' })).AttachedPolicies, [])
  await iam.refused('DetachGroupPolicy', detach, 'NoSuchEntity', `Policy ${Policy.Arn} was not found.`)
  await iam.refused('DetachGroupPolicy', { ...detach, GroupName: 'G' }, 'NoSuchEntity')
})
